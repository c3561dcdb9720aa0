import {
  type BundleSource,
  type PlacedSection,
  readSection,
  readSections,
} from "@cantrip/bundle-image";
import type { ComponentThread, MemoryClient } from "@cantrip/camkes-rpc";
import { RpcClient } from "@cantrip/camkes-rpc";
import type { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { ObjDesc, ObjDescBundle } from "@cantrip/interfaces/memory";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { CapRights, type CPath, guardWord } from "@cantrip/sel4-sys";
import { CSpaceSlot } from "@cantrip/slot-allocator";
import {
  type ApplicationLayout,
  layOutApplication,
  PAGE_BYTES,
  STACK_PAGES,
  WINDOW_BYTES,
} from "./application-layout.ts";
import { fillPage } from "./load-application.ts";

const WORD_BITS = 32;
/** A bound on what a bad bundle can make the manager hold. */
const MAX_SECTIONS = 64;
const PRIORITY = 254;
const BUDGET_US = 10_000;
/** Thread whose TCB is the authority for priorities. */
const TCB_PROC_CTRL = "proc_ctrl";

/** Places of an application's objects in its CSpace. */
const AppSlot = {
  Tcb: 0,
  SchedContext: 1,
  IpcBuffer: 2,
  SdkParams: 3,
  Stack: 4,
  Image: 8,
} as const;

/** A started application: what has to be given back when it stops. */
export interface Application {
  readonly appId: string;
  /** Slot of its CNode in the process manager's CSpace. */
  readonly cnode: ObjDescBundle;
  /** Its objects, in that CNode. */
  readonly objects: ObjDescBundle;
  /** A copy of its TCB's capability. */
  readonly tcb: CSpaceSlot;
}

/** What builds applications. */
export interface ApplicationBuilder {
  readonly thread: ComponentThread;
  readonly memory: MemoryClient;
  readonly bundleImage: CopyRegion;
  readonly loadApplication: CopyRegion;
}

/** Frames of a bundle in a CNode, read a page at a time. */
class BundleFrames implements BundleSource {
  readonly size: number;
  readonly #builder: ApplicationBuilder;
  readonly #paths: readonly CPath[];
  /** Page that is mapped. */
  #mapped = -1;
  readonly #slot: CSpaceSlot;
  #hasCap = false;

  constructor(builder: ApplicationBuilder, bundle: ObjDescBundle) {
    this.#builder = builder;
    this.#paths = builder.memory.pathsOf(bundle);
    this.size = this.#paths.length * PAGE_BYTES;
    this.#slot = new CSpaceSlot(builder.thread.sel4, builder.thread.runtime);
  }

  *read(offset: number, target: Uint8Array): Task<void> {
    for (let done = 0; done < target.length;) {
      const at = offset + done;
      const page = Math.floor(at / PAGE_BYTES);
      yield* this.#map(page);
      const count = Math.min(target.length - done, PAGE_BYTES - (at % PAGE_BYTES));
      this.#builder.bundleImage.read(at % PAGE_BYTES, target.subarray(done, done + count));
      done += count;
    }
  }

  *#map(page: number): Task<void> {
    if (page === this.#mapped) return;
    yield* this.#unmap();
    const path = this.#paths[page];
    if (path === undefined) throw new RangeError(`page ${page} is beyond the bundle`);
    yield* this.#slot.dupTo(path);
    this.#hasCap = true;
    yield* this.#builder.bundleImage.map(this.#slot.slot);
    this.#mapped = page;
  }

  *#unmap(): Task<void> {
    this.#mapped = -1;
    yield* this.#builder.bundleImage.unmap();
    if (this.#hasCap) yield* this.#slot.delete();
    this.#hasCap = false;
  }

  /** Unmaps and gives the slot back. */
  *close(): Task<void> {
    yield* this.#unmap();
    yield* this.#slot.drop();
  }
}

/**
 * Builds an application from a bundle and starts it. Everything that was made is undone when something fails.
 *
 * @throws BundleImageError or BundleLayoutError for a bundle that is none
 * @throws InvocationError, RpcError or OutOfSlotsError when something cannot be had
 */
export function* startApplication(
  builder: ApplicationBuilder,
  appId: string,
  bundle: ObjDescBundle,
): Task<Application> {
  const source = new BundleFrames(builder, bundle);
  try {
    const sections = yield* readSections(source, MAX_SECTIONS);
    yield* forEachTask(sections, (section) => readSection(source, section));
    const layout = layOutApplication(sections.map(({ header }) => header));
    return yield* build(builder, appId, layout, sections, source);
  } finally {
    yield* source.close();
  }
}

function* build(
  builder: ApplicationBuilder,
  appId: string,
  layout: ApplicationLayout,
  sections: readonly PlacedSection[],
  source: BundleSource,
): Task<Application> {
  const { memory, thread } = builder;
  const { objectType, sizeBits } = thread.runtime.config;
  const descs: Omit<ObjDesc, "cptr">[] = [
    { type: objectType.tcb, count: 1 },
    { type: objectType.schedContext, count: sizeBits.minSchedContext },
    { type: objectType.page4K, count: 1 },
    { type: objectType.page4K, count: 1 },
    { type: objectType.page4K, count: STACK_PAGES },
    { type: objectType.page4K, count: layout.pages.length },
    { type: objectType.pageTable, count: 1 },
    { type: objectType.pageTable, count: 1 },
  ];
  const count = 10 + layout.pages.length;
  // One more than the bit length: `ObjDescBundle::count_log2`.
  const radix = 1 + WORD_BITS - Math.clz32(count);
  const cnode = yield* memory.cnodeAlloc(radix);
  const cnodeSlot = cnode.objs[0]?.cptr ?? 0;
  let cptr = 0;
  const placed = descs.map((desc) => {
    const at = { ...desc, cptr };
    cptr += memory.slotsOf(at);
    return at;
  });
  const objects: ObjDescBundle = { cnode: cnodeSlot, depth: radix, objs: placed };
  try {
    yield* memory.alloc(objects);
  } catch (error) {
    yield* memory.freeToplevel(cnode);
    throw error;
  }
  const tcb = new CSpaceSlot(thread.sel4, thread.runtime);
  const application: Application = { appId, cnode, objects, tcb };
  try {
    yield* populate(builder, application, layout, sections, source, radix);
  } catch (error) {
    yield* tearDown(builder, application);
    throw error;
  }
  return application;
}

/** Maps, fills, configures and resumes. */
function* populate(
  builder: ApplicationBuilder,
  application: Application,
  layout: ApplicationLayout,
  sections: readonly PlacedSection[],
  source: BundleSource,
  radix: number,
): Task<void> {
  const { thread } = builder;
  const { sel4, birth } = thread;
  const root = application.objects.cnode;
  const inApp = (index: number): CPath => ({ root, index, depth: radix });
  const rootTable = AppSlot.Image + layout.pages.length;
  const leafTable = rootTable + 1;
  const endpointSlot = 12 + layout.pages.length;

  const { asidPool } = birth;
  if (asidPool === undefined) throw new RangeError(`${birth.name} has no ASID pool`);
  yield* borrowCap(builder, inApp(rootTable), (vspace) => sel4.asidPool.assign(asidPool, vspace));
  yield* withCap(builder, inApp(rootTable), (vspace) =>
    populateVspace(builder, layout, sections, source, vspace, inApp, leafTable),
  );
  yield* application.tcb.dupTo(inApp(AppSlot.Tcb));
  const endpoint = new CSpaceSlot(sel4, thread.runtime);
  try {
    yield* new RpcClient(thread, "sdk_manager", sdkManagerInterface).call(
      "GetEndpoint",
      application.appId,
      {
        receiveSlot: endpoint.slot,
      },
    );
    yield* configureThread(builder, application, layout, endpoint.slot, inApp, rootTable, radix);
    yield* endpoint.moveFrom(inApp(endpointSlot));
  } finally {
    yield* endpoint.drop();
  }
  yield* sel4.tcb.writeRegisters(application.tcb.slot, {
    pc: layout.entry,
    sp: layout.stackTop,
    a0: layout.ipcBuffer,
    a1: endpointSlot,
    a2: AppSlot.SdkParams,
    a3: layout.sdkParams,
  });
  if (birth.domainControl !== undefined)
    yield* sel4.domainSet.set(birth.domainControl, 0, application.tcb.slot);
  yield* sel4.debugNameThread(application.tcb.slot, application.appId);
  yield* sel4.tcb.resume(application.tcb.slot);
}

/** Lends a copy of a capability in the own CSpace. */
function* withCap<T>(
  builder: ApplicationBuilder,
  path: CPath,
  body: (slot: number) => Task<T>,
): Task<T> {
  const slot = new CSpaceSlot(builder.thread.sel4, builder.thread.runtime);
  try {
    yield* slot.dupTo(path);
    return yield* body(slot.slot);
  } finally {
    yield* slot.drop();
  }
}

/**
 * Lends a capability itself: moved here and back. A copy would not do for what is about to be mapped, because the
 * mapping belongs to the capability.
 */
function* borrowCap<T>(
  builder: ApplicationBuilder,
  path: CPath,
  body: (slot: number) => Task<T>,
): Task<T> {
  const slot = new CSpaceSlot(builder.thread.sel4, builder.thread.runtime);
  yield* slot.moveTo(path);
  try {
    return yield* body(slot.slot);
  } finally {
    yield* slot.moveFrom(path);
    yield* slot.drop();
  }
}

function* populateVspace(
  builder: ApplicationBuilder,
  layout: ApplicationLayout,
  sections: readonly PlacedSection[],
  source: BundleSource,
  vspace: number,
  inApp: (index: number) => CPath,
  leafTable: number,
): Task<void> {
  const { sel4 } = builder.thread;
  const map = (index: number, address: number, rights: number, executeNever: boolean): Task<void> =>
    borrowCap(builder, inApp(index), (frame) =>
      sel4.page.map(frame, { vspace, address, rights, executeNever }),
    );
  yield* borrowCap(builder, inApp(leafTable), (table) =>
    sel4.pageTable.map(table, vspace, layout.rootIndex * WINDOW_BYTES),
  );
  const buffer = new Uint8Array(PAGE_BYTES);
  yield* forEachTask(layout.pages, function* (page, index): Task<void> {
    yield* fillPage(source, sections, page.vaddr, buffer);
    yield* borrowCap(builder, inApp(AppSlot.Image + index), function* (frame): Task<void> {
      yield* builder.loadApplication.map(frame);
      builder.loadApplication.write(0, buffer);
      yield* builder.loadApplication.unmap();
      const rights = page.isWritable ? CapRights.ReadWrite : CapRights.Read;
      yield* sel4.page.map(frame, {
        vspace,
        address: page.vaddr,
        rights,
        executeNever: !page.isExecutable,
      });
    });
  });
  for (let page = 0; page < STACK_PAGES; page++) {
    yield* map(
      AppSlot.Stack + page,
      layout.stackBase + page * PAGE_BYTES,
      CapRights.ReadWrite,
      true,
    );
  }
  yield* map(AppSlot.IpcBuffer, layout.ipcBuffer, CapRights.ReadWrite, true);
  yield* map(AppSlot.SdkParams, layout.sdkParams, CapRights.ReadWrite, true);
}

function* configureThread(
  builder: ApplicationBuilder,
  application: Application,
  layout: ApplicationLayout,
  endpoint: number,
  inApp: (index: number) => CPath,
  rootTable: number,
  radix: number,
): Task<void> {
  const { sel4, birth } = builder.thread;
  const authority = birth.threads[TCB_PROC_CTRL]?.tcb ?? builder.thread.own.tcb;
  yield* withCap(builder, inApp(rootTable), (vspaceRoot) =>
    borrowCap(builder, inApp(AppSlot.IpcBuffer), (bufferFrame) =>
      sel4.tcb.configure(application.tcb.slot, {
        cspaceRoot: application.objects.cnode,
        cspaceData: guardWord(0, WORD_BITS - radix),
        vspaceRoot,
        bufferAddress: layout.ipcBuffer,
        bufferFrame,
      }),
    ),
  );
  yield* withCap(builder, inApp(AppSlot.SchedContext), function* (schedContext): Task<void> {
    if (birth.schedControl !== undefined) {
      yield* sel4.schedControl.configureFlags(birth.schedControl, schedContext, {
        budgetUs: BUDGET_US,
        periodUs: BUDGET_US,
      });
    }
    yield* sel4.tcb.setSchedParams(application.tcb.slot, {
      authority,
      mcp: PRIORITY,
      priority: PRIORITY,
      schedContext,
      faultEndpoint: endpoint,
    });
  });
  yield* sel4.tcb.setTimeoutEndpoint(application.tcb.slot, endpoint);
}

/** Stops an application and gives everything back. */
export function* stopApplication(
  builder: ApplicationBuilder,
  application: Application,
): Task<void> {
  yield* builder.thread.sel4.tcb.suspend(application.tcb.slot);
  yield* tearDown(builder, application);
}

function* tearDown(builder: ApplicationBuilder, application: Application): Task<void> {
  const { thread, memory } = builder;
  const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
  yield* ignoreFailure(sdk.call("ReleaseEndpoint", application.appId));
  yield* application.tcb.drop();
  // The endpoint's capability is the only one in the CNode that the memory manager did not make.
  const endpointSlot = 12 + (application.objects.objs[5]?.count ?? 0);
  yield* thread.sel4.cnode.delete({
    root: application.objects.cnode,
    index: endpointSlot,
    depth: application.objects.depth,
  });
  yield* memory.free(application.objects);
  yield* memory.freeToplevel(application.cnode);
}

/** The application may not have had an endpoint yet. */
function* ignoreFailure(task: Task<unknown>): Task<void> {
  try {
    yield* task;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "RpcError") throw error;
  }
}
