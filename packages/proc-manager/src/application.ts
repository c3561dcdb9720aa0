import {
  type BundleManifest,
  DEFAULT_MANIFEST,
  type PlacedSection,
  readManifest,
  readSection,
  readSections,
} from "@cantrip/bundle-image";
import { RpcClient, RpcError } from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { type CPath, guardWord, InvocationError } from "@cantrip/sel4-sys";
import { CSpaceSlot } from "@cantrip/slot-allocator";
import { type ApplicationLayout, layOutApplication, PAGE_BYTES } from "./application-layout.ts";
import { applyLimits } from "./apply-limits.ts";
import {
  applicationObjects,
  type ApplicationSlots,
  applicationSlots,
  type InApp,
} from "./application-slots.ts";
import { buildVspace, type VSpaceContents } from "./build-vspace.ts";
import { type ApplicationBuilder, BundleFrames } from "./bundle-frames.ts";
import { borrowCap, withCap } from "./lend-cap.ts";

const WORD_BITS = 32;
/** A bound on what a bad bundle can make the manager hold. */
const MAX_SECTIONS = 64;
/** Thread whose TCB is the authority for priorities. */
const TCB_PROC_CTRL = "proc_ctrl";

/** A started application: what has to be given back when it stops. */
export interface Application {
  readonly appId: string;
  readonly manifest: BundleManifest;
  /** Slot of its CNode in the process manager's CSpace. */
  readonly cnode: ObjDescBundle;
  /** Its objects, in that CNode. */
  readonly objects: ObjDescBundle;
  /** Slot of its endpoint to the SDK runtime, in that CNode. */
  readonly endpointSlot: number;
  /** A copy of its TCB's capability. */
  readonly tcb: CSpaceSlot;
}

/** A bundle that was read and found good. */
interface Plan {
  readonly layout: ApplicationLayout;
  readonly slots: ApplicationSlots;
  readonly manifest: BundleManifest;
  readonly sections: readonly PlacedSection[];
}

/**
 * Builds an application from a bundle and starts it. Everything that was made is undone when something fails.
 *
 * @throws BundleImageError, ManifestError or BundleLayoutError for a bundle that is none
 * @throws InvocationError, RpcError or OutOfSlotsError when something cannot be had
 */
export function* startApplication(
  builder: ApplicationBuilder,
  appId: string,
  bundle: ObjDescBundle,
): Task<Application> {
  const source = new BundleFrames(builder, bundle);
  let application: Application;
  try {
    const plan = yield* planApplication(source);
    application = yield* build(builder, appId, plan, source);
  } catch (error) {
    yield* undoing(source.close());
    throw error;
  }
  try {
    yield* source.close();
    yield* builder.thread.sel4.tcb.resume(application.tcb.slot);
  } catch (error) {
    yield* undoing(tearDown(builder, application));
    throw error;
  }
  return application;
}

function* planApplication(source: BundleFrames): Task<Plan> {
  const sections = yield* readSections(source, MAX_SECTIONS);
  yield* forEachTask(sections, (section) => readSection(source, section));
  const manifest = (yield* readManifest(source, sections)) ?? DEFAULT_MANIFEST;
  const headers = sections.map(({ header }) => header);
  const layout = layOutApplication(headers, manifest);
  return { layout, manifest, sections, slots: applicationSlots(layout) };
}

function* build(
  builder: ApplicationBuilder,
  appId: string,
  plan: Plan,
  source: BundleFrames,
): Task<Application> {
  const { thread } = builder;
  const { layout, manifest, slots } = plan;
  const tcb = new CSpaceSlot(thread.sel4, thread.runtime);
  let application: Application;
  try {
    application = yield* allocate(builder, appId, plan, tcb);
  } catch (error) {
    yield* undoing(tcb.drop());
    throw error;
  }
  const { cnode } = application.objects;
  const inApp = (index: number): CPath => ({ root: cnode, index, depth: slots.radix });
  try {
    yield* populate(builder, application, {
      layout,
      slots,
      source,
      inApp,
      sections: plan.sections,
    });
    yield* configureThread(builder, application, layout, slots, inApp);
    yield* thread.sel4.tcb.writeRegisters(tcb.slot, {
      pc: layout.entry,
      sp: layout.stackTop,
      a0: layout.ipcBuffer,
      a1: slots.endpoint,
      a2: slots.sdkParams,
      a3: layout.sdkParams,
      a4: manifest.heapBytes === 0 ? 0 : layout.heapBase,
      a5: layout.heapPages * PAGE_BYTES,
    });
    if (thread.birth.domainControl !== undefined)
      yield* thread.sel4.domainSet.set(thread.birth.domainControl, 0, tcb.slot);
    yield* thread.sel4.debugNameThread(tcb.slot, appId);
  } catch (error) {
    yield* undoing(tearDown(builder, application));
    throw error;
  }
  return application;
}

/** Makes the CNode and the objects in it. */
function* allocate(
  { memory, thread }: ApplicationBuilder,
  appId: string,
  { layout, manifest, slots }: Plan,
  tcb: CSpaceSlot,
): Task<Application> {
  const cnode = yield* memory.cnodeAlloc(slots.radix);
  let cptr = 0;
  const objs = applicationObjects(layout, thread.runtime.config).map((desc) => {
    const placed = { ...desc, cptr };
    cptr += memory.slotsOf(placed);
    return placed;
  });
  const objects: ObjDescBundle = { cnode: cnode.objs[0]?.cptr ?? 0, depth: slots.radix, objs };
  try {
    yield* memory.alloc(objects);
  } catch (error) {
    yield* undoing(memory.freeToplevel(cnode));
    throw error;
  }
  return { appId, manifest, cnode, objects, endpointSlot: slots.endpoint, tcb };
}

/** Makes the address space, and has the SDK runtime give the application its endpoint. */
function* populate(
  builder: ApplicationBuilder,
  application: Application,
  contents: VSpaceContents,
): Task<void> {
  const { thread } = builder;
  const { sel4, birth } = thread;
  const { slots, inApp } = contents;
  const { asidPool } = birth;
  if (asidPool === undefined) throw new RangeError(`${birth.name} has no ASID pool`);
  const rootTable = inApp(slots.rootTable);
  yield* borrowCap(thread, rootTable, (vspace) => sel4.asidPool.assign(asidPool, vspace));
  yield* withCap(thread, rootTable, (vspace) => buildVspace(builder, contents, vspace));
  yield* application.tcb.dupTo(inApp(slots.tcb));
  const endpoint = new CSpaceSlot(sel4, thread.runtime);
  try {
    const receiveSlot = endpoint.slot;
    const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
    yield* sdk.call("GetEndpoint", application.appId, { receiveSlot });
    yield* endpoint.moveFrom(inApp(slots.endpoint));
  } finally {
    yield* endpoint.drop();
  }
  yield* applyLimits(thread, application.appId, application.manifest);
}

function* configureThread(
  { thread }: ApplicationBuilder,
  application: Application,
  layout: ApplicationLayout,
  slots: ApplicationSlots,
  inApp: InApp,
): Task<void> {
  const { sel4, birth } = thread;
  const { manifest, objects, tcb } = application;
  const authority = birth.threads[TCB_PROC_CTRL]?.tcb ?? thread.own.tcb;
  yield* withCap(thread, inApp(slots.rootTable), (vspaceRoot) =>
    borrowCap(thread, inApp(slots.ipcBuffer), (bufferFrame) =>
      sel4.tcb.configure(tcb.slot, {
        cspaceRoot: objects.cnode,
        cspaceData: guardWord(0, WORD_BITS - slots.radix),
        vspaceRoot,
        bufferAddress: layout.ipcBuffer,
        bufferFrame,
      }),
    ),
  );
  yield* withCap(thread, inApp(slots.endpoint), function* (faultEndpoint): Task<void> {
    yield* withCap(thread, inApp(slots.schedContext), function* (schedContext): Task<void> {
      const { budgetUs, periodUs, priority } = manifest;
      if (birth.schedControl !== undefined) {
        const times = { budgetUs, periodUs };
        yield* sel4.schedControl.configureFlags(birth.schedControl, schedContext, times);
      }
      const mcp = priority;
      const params = { authority, mcp, priority, schedContext, faultEndpoint };
      yield* sel4.tcb.setSchedParams(tcb.slot, params);
    });
    yield* sel4.tcb.setTimeoutEndpoint(tcb.slot, faultEndpoint);
  });
}

/** Stops an application and gives everything back. */
export function* stopApplication(
  builder: ApplicationBuilder,
  application: Application,
): Task<void> {
  yield* undoing(builder.thread.sel4.tcb.suspend(application.tcb.slot));
  yield* tearDown(builder, application);
}

/** Gives back whatever of an application was made. What cannot be had any more is passed over. */
function* tearDown(builder: ApplicationBuilder, application: Application): Task<void> {
  const { thread, memory } = builder;
  const { appId, cnode, objects, endpointSlot, tcb } = application;
  const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
  // The application may not have had an endpoint yet.
  yield* undoing(sdk.call("ReleaseEndpoint", appId));
  yield* undoing(tcb.drop());
  // The endpoint's capability is the only one in the CNode that the memory manager did not make.
  const endpoint = { root: objects.cnode, index: endpointSlot, depth: objects.depth };
  yield* undoing(thread.sel4.cnode.delete(endpoint));
  yield* undoing(memory.free(objects));
  yield* memory.freeToplevel(cnode);
}

/** A step of going back: one that fails does not keep the others from being made. */
function* undoing(step: Task<unknown>): Task<void> {
  try {
    yield* step;
  } catch (error) {
    if (!(error instanceof RpcError || error instanceof InvocationError)) throw error;
  }
}
