import type { FrameObject, SpecCap, SpecObject, TcbObject } from "@cantrip/capdl";
import { forEachTask, type Task } from "@cantrip/hosted";
import {
  CapRights,
  type CPath,
  guardWord,
  InitialCap,
  InvocationError,
  ErrorCode,
  type SeL4,
} from "@cantrip/sel4-sys";
import type { CapabilityTable } from "./capability-table.ts";
import { RootserverError } from "./rootserver-birth.ts";
import { rootPath, type UntypedPool } from "./untyped-pool.ts";

const PAGE_BITS = 12;
const MEGA_BITS = 22;
const MEGA_BYTES = 2 ** MEGA_BITS;
/** TCB slots of a specification. */
const TcbSlots = { cspace: 0, vspace: 1, ipcBuffer: 4, faultEp: 5, sc: 6, tempFaultEp: 7 } as const;

/** What the phases share. */
export interface Instantiation {
  readonly sel4: SeL4;
  readonly table: CapabilityTable;
  readonly pool: UntypedPool;
  readonly schedControl: number;
}

/** Creates every object, in the order of the specification (`create_objects`). */
export function* createObjects(run: Instantiation): Task<void> {
  yield* forEachTask(run.table.spec.objects, function* (object, id): Task<void> {
    const slot = yield* createObject(run, object);
    if (slot !== undefined) run.table.originals[id] = slot;
  });
}

function* createObject(
  { sel4, pool }: Instantiation,
  object: SpecObject,
): Task<number | undefined> {
  const { objectType, sizeBits } = sel4.config;
  switch (object.kind) {
    case "ep":
      return yield* pool.create(objectType.endpoint, 0);
    case "notification":
      return yield* pool.create(objectType.notification, 0);
    case "rtreply":
      return yield* pool.create(objectType.reply, 0);
    case "tcb":
      return yield* pool.create(objectType.tcb, 0);
    case "pt":
      return yield* pool.create(objectType.pageTable, 0);
    case "sc":
      return yield* pool.create(
        objectType.schedContext,
        Math.max(object.sizeBits, sizeBits.minSchedContext),
      );
    case "cnode":
      return yield* pool.create(objectType.capTable, object.sizeBits);
    case "frame": {
      const type = object.sizeBits === MEGA_BITS ? objectType.megaPage : objectType.page4K;
      if (object.paddr === undefined) return yield* pool.create(type, 0);
      return yield* pool.createDeviceFrame(type, object.sizeBits, object.paddr);
    }
    case "asid_pool": {
      const untyped = yield* pool.create(objectType.untyped, sizeBits.asidPool);
      const slot = pool.newSlot();
      yield* sel4.asidControl.makePool(InitialCap.AsidControl, untyped, rootPath(slot));
      return slot;
    }
    case "ut":
      return yield* pool.create(objectType.untyped, object.sizeBits);
    case "irq":
      return undefined;
  }
}

/** Gets interrupt handlers and binds them to their notifications (`create_irq_caps`, `init_irqs`). */
export function* createInterrupts({ sel4, table, pool }: Instantiation): Task<void> {
  yield* forEachTask(table.spec.irqs, function* ({ irq, object }): Task<void> {
    const handler = pool.newSlot();
    yield* sel4.irqControl.get(InitialCap.IrqControl, irq, rootPath(handler));
    table.irqHandlers.set(object, handler);
    const target = table.object(object);
    const cap = target.kind === "irq" ? target.slots[0]?.cap : undefined;
    if (cap?.kind !== "object") return;
    let notification = table.original(cap.object);
    if (cap.badge !== undefined && cap.badge !== 0) {
      const minted = pool.newSlot();
      yield* sel4.cnode.mint(rootPath(minted), rootPath(notification), CapRights.All, cap.badge);
      table.duplicates.push(minted);
      notification = minted;
    }
    yield* sel4.irqHandler.setNotification(handler, notification);
  });
}

/** Root page tables: every TCB's vspace. */
function vspaceRoots(table: CapabilityTable): string[] {
  const roots = new Set<string>();
  for (const object of table.spec.objects) {
    if (object.kind !== "tcb") continue;
    const cap = capAt(object, TcbSlots.vspace);
    if (cap?.kind === "object") roots.add(cap.object);
  }
  return [...roots];
}

function capAt(tcb: TcbObject, slot: number): SpecCap | undefined {
  return tcb.slots.find((entry) => entry.slot === slot)?.cap;
}

/** Gives every root page table an ASID (`init_pd_asids`). */
export function* assignAsids({ sel4, table }: Instantiation): Task<void> {
  yield* forEachTask(vspaceRoots(table), (root) =>
    sel4.asidPool.assign(InitialCap.InitThreadAsidPool, table.original(root)),
  );
}

/** Maps tables and frames of every address space (`init_vspaces`). */
export function* initVspaces(run: Instantiation): Task<void> {
  const { sel4, table } = run;
  yield* forEachTask(vspaceRoots(table), function* (name): Task<void> {
    const root = table.object(name);
    if (root.kind !== "pt") throw new RootserverError(`the vspace "${name}" is no page table`);
    const vspace = table.original(name);
    yield* forEachTask(root.slots, function* ({ slot, cap }): Task<void> {
      if (cap.kind !== "object") return;
      const target = table.object(cap.object);
      const address = slot * MEGA_BYTES;
      if (target.kind === "frame") {
        yield* mapFrame(run, vspace, address, cap, name, slot);
        return;
      }
      if (target.kind !== "pt")
        throw new RootserverError(`entry ${slot} of "${name}" is neither table nor frame`);
      yield* sel4.pageTable.map(table.original(target.name), vspace, address);
      yield* forEachTask(target.slots, function* (entry): Task<void> {
        if (entry.cap.kind !== "object") return;
        yield* mapFrame(
          run,
          vspace,
          address + entry.slot * 2 ** PAGE_BITS,
          entry.cap,
          target.name,
          entry.slot,
        );
      });
    });
  });
}

function* mapFrame(
  { sel4, table, pool }: Instantiation,
  vspace: number,
  address: number,
  cap: Extract<SpecCap, { kind: "object" }>,
  container: string,
  slot: number,
): Task<void> {
  const wanted = cap.rights ?? CapRights.Read;
  // A page that can be written can be read; a page without grant is not executable.
  const rights = (wanted & CapRights.Write) !== 0 ? CapRights.ReadWrite : CapRights.Read;
  const args = { vspace, address, rights, executeNever: (wanted & CapRights.Grant) === 0 };
  const frame = table.original(cap.object);
  try {
    yield* sel4.page.map(frame, args);
    table.recordMapping(container, slot, frame);
  } catch (error) {
    // Mapped elsewhere already: a copy of the capability has a mapping of its own.
    if (!(error instanceof InvocationError) || error.code !== ErrorCode.InvalidCapability)
      throw error;
    const copy = pool.newSlot();
    yield* sel4.cnode.copy(rootPath(copy), rootPath(frame), CapRights.All);
    table.duplicates.push(copy);
    yield* sel4.page.map(copy, args);
    table.recordMapping(container, slot, copy);
  }
}

/** Sets budgets and periods (`init_scs`). */
export function* initSchedContexts({ sel4, table, schedControl }: Instantiation): Task<void> {
  yield* forEachTask(table.spec.objects, function* (object): Task<void> {
    if (object.kind !== "sc") return;
    yield* sel4.schedControl.configureFlags(schedControl, table.original(object.name), {
      budgetUs: object.budgetUs,
      periodUs: object.periodUs,
      badge: object.data,
    });
  });
}

/** Configures every thread (`init_tcbs`). */
export function* initTcbs(run: Instantiation): Task<void> {
  yield* forEachTask(run.table.spec.objects, function* (object): Task<void> {
    if (object.kind === "tcb") yield* initTcb(run, object);
  });
}

function* initTcb({ sel4, table, pool }: Instantiation, tcb: TcbObject): Task<void> {
  const thread = table.original(tcb.name);
  const slotOf = (index: number): number => {
    const cap = capAt(tcb, index);
    return cap?.kind === "object" ? table.original(cap.object) : 0;
  };
  const cspace = capAt(tcb, TcbSlots.cspace);
  if (cspace?.kind !== "object" || slotOf(TcbSlots.vspace) === 0) {
    throw new RootserverError(`thread "${tcb.name}" lacks a CSpace or a VSpace`);
  }
  yield* sel4.tcb.configure(thread, {
    cspaceRoot: slotOf(TcbSlots.cspace),
    cspaceData: guardWord(cspace.guard ?? 0, cspace.guardSize ?? 0),
    vspaceRoot: slotOf(TcbSlots.vspace),
    bufferAddress: tcb.addr,
    bufferFrame: slotOf(TcbSlots.ipcBuffer),
  });
  let faultEndpoint = slotOf(TcbSlots.faultEp);
  const faultCap = capAt(tcb, TcbSlots.faultEp);
  if (faultCap?.kind === "object" && faultCap.badge !== undefined && faultCap.badge !== 0) {
    const minted = pool.newSlot();
    yield* sel4.cnode.mint(
      rootPath(minted),
      rootPath(faultEndpoint),
      CapRights.All,
      faultCap.badge,
    );
    table.duplicates.push(minted);
    faultEndpoint = minted;
  }
  yield* sel4.tcb.setSchedParams(thread, {
    authority: InitialCap.InitThreadTcb,
    mcp: tcb.maxPrio,
    priority: tcb.prio,
    schedContext: slotOf(TcbSlots.sc),
    faultEndpoint,
  });
  const timeout = slotOf(TcbSlots.tempFaultEp);
  if (timeout !== 0) yield* sel4.tcb.setTimeoutEndpoint(thread, timeout);
  if (tcb.sp % 16 !== 0) throw new RootserverError(`the stack of "${tcb.name}" is not 16-aligned`);
  if (tcb.init.length > 4)
    throw new RootserverError(`thread "${tcb.name}" has more than four arguments`);
  const [a0 = 0, a1 = 0, a2 = 0, a3 = 0] = tcb.init;
  yield* sel4.tcb.writeRegisters(thread, { pc: tcb.ip, sp: tcb.sp, a0, a1, a2, a3 });
  yield* sel4.domainSet.set(InitialCap.Domain, tcb.domain ?? 0, thread);
  yield* sel4.debugNameThread(thread, tcb.name);
}

/** Fills every CNode: copies first, then the capabilities that must be moved (`init_cspaces`). */
export function* initCspaces(run: Instantiation): Task<void> {
  yield* forEachTask([false, true], function* (isMovePass): Task<void> {
    yield* forEachTask(run.table.spec.objects, function* (object): Task<void> {
      if (object.kind !== "cnode") return;
      yield* forEachTask(object.slots, function* ({ slot, cap }): Task<void> {
        const destination: CPath = {
          root: run.table.original(object.name),
          index: slot,
          depth: object.sizeBits,
        };
        if ((cap.kind === "irq_control") !== isMovePass) return;
        if (isMovePass) yield* run.sel4.cnode.move(destination, rootPath(InitialCap.IrqControl));
        else yield* installCap(run, destination, cap);
      });
    });
  });
}

function* installCap(
  { sel4, table, schedControl }: Instantiation,
  destination: CPath,
  cap: SpecCap,
): Task<void> {
  const mint = (source: number, rights: number, data: number): Task<void> =>
    sel4.cnode.mint(destination, rootPath(source), rights, data);
  switch (cap.kind) {
    case "asid_control":
      yield* mint(InitialCap.AsidControl, CapRights.All, 0);
      return;
    case "domain":
      yield* mint(InitialCap.Domain, CapRights.All, 0);
      return;
    case "sched_control":
      yield* mint(schedControl, CapRights.All, 0);
      return;
    case "irq_control":
      return;
    case "object":
      break;
  }
  const target = table.object(cap.object);
  const rights = cap.rights ?? CapRights.All;
  if (target.kind === "irq") {
    const handler = table.irqHandlers.get(cap.object);
    if (handler === undefined) throw new RootserverError(`interrupt "${cap.object}" has no number`);
    yield* mint(handler, rights, 0);
    return;
  }
  if (cap.mapping !== undefined) {
    const mapped = table.mapping(cap.mapping.container, cap.mapping.slot);
    if (mapped === undefined)
      throw new RootserverError(`"${cap.object}" is not mapped where its capability says`);
    // The component gets the very capability that is mapped. The table forgets it: it is not handed over again.
    yield* sel4.cnode.move(destination, rootPath(mapped));
    return;
  }
  const data =
    target.kind === "cnode" ? guardWord(cap.guard ?? 0, cap.guardSize ?? 0) : (cap.badge ?? 0);
  yield* mint(table.original(cap.object), rights, data);
}

/** Frames that have something to be filled with. */
export function filledFrames(table: CapabilityTable): FrameObject[] {
  return table.spec.objects.filter(
    (object): object is FrameObject => object.kind === "frame" && object.fill.length > 0,
  );
}
