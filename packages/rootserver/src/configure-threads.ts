import { type SpecObject, type TcbObject, TcbSlotNumber } from "@cantrip/capdl";
import type { Task } from "@cantrip/hosted";
import { CapRights, guardWord, InitialCap, type UserRegisters } from "@cantrip/sel4-sys";
import { withFrame } from "./frame-contents.ts";
import { type Loader, type ObjectCap, objectCapAt } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Arguments that travel in registers: `a0`..`a3`. */
const REGISTER_ARGUMENTS = 4;
const STACK_ALIGNMENT = 16;

/** Sets budget and period of every scheduling context. */
export function* configureSchedContexts(loader: Loader): Task<void> {
  for (const object of loader.objects) {
    if (object.kind === "sc") yield* configureSchedContext(loader, object, 0);
  }
}

function* configureSchedContext(loader: Loader, object: SpecObject, core: number): Task<void> {
  loader.subject = object.name;
  if (object.kind !== "sc") throw new RootserverError("this is no scheduling context");
  const { budgetUs, periodUs, data } = object;
  const args = { budgetUs, periodUs, extraRefills: 0, badge: data, flags: 0 };
  const control = loader.schedControlOf(core);
  yield* loader.sel4.schedControl.configureFlags(control, loader.origOf(object.name), args);
}

/** Gives every thread its spaces, parameters, name and registers. None runs yet. */
export function* configureThreads(loader: Loader): Task<void> {
  for (const object of loader.objects) {
    if (object.kind !== "tcb") continue;
    yield* initThread(loader, object);
    yield* setRegisters(loader, object);
  }
}

/** Resumes the threads that are to run. */
export function* startThreads(loader: Loader): Task<void> {
  for (const object of loader.objects) {
    if (object.kind !== "tcb" || object.resume === false) continue;
    loader.subject = object.name;
    yield* loader.sel4.tcb.resume(loader.origOf(object.name));
  }
}

function* initThread(loader: Loader, object: TcbObject): Task<void> {
  const { sel4, config } = loader;
  const { slots } = object;
  const tcb = loader.origOf(object.name);
  const cspace = objectCapAt(slots, TcbSlotNumber.cspace);
  const vspace = objectCapAt(slots, TcbSlotNumber.vspace);
  const buffer = objectCapAt(slots, TcbSlotNumber.ipcBuffer);
  const sc = objectCapAt(slots, TcbSlotNumber.sc);
  if (sc !== undefined) {
    const context = loader.object(loader.idOf(sc.object));
    yield* configureSchedContext(loader, context, object.affinity);
  }
  loader.subject = object.name;
  if (cspace === undefined || vspace === undefined) {
    throw new RootserverError("the thread has no CSpace or no VSpace");
  }
  yield* sel4.tcb.configure(tcb, {
    cspaceRoot: loader.origOf(cspace.object),
    cspaceData: guardWord(cspace.guard ?? 0, cspace.guardSize ?? 0),
    vspaceRoot: loader.origOf(vspace.object),
    // A thread without a buffer names none.
    bufferAddress: buffer === undefined ? 0 : object.addr,
    bufferFrame: buffer === undefined ? InitialCap.Null : loader.origOf(buffer.object),
  });
  yield* sel4.tcb.setSchedParams(tcb, {
    authority: InitialCap.InitThreadTcb,
    mcp: object.maxPrio,
    priority: object.prio,
    schedContext: sc === undefined ? InitialCap.Null : loader.origOf(sc.object),
    faultEndpoint: yield* badgedEndpoint(loader, objectCapAt(slots, TcbSlotNumber.faultEp)),
  });
  const timeout = objectCapAt(slots, TcbSlotNumber.tempFaultEp);
  if (timeout !== undefined) {
    yield* sel4.tcb.setTimeoutEndpoint(tcb, yield* badgedEndpoint(loader, timeout));
  }
  const notification = objectCapAt(slots, TcbSlotNumber.boundNotification);
  if (notification !== undefined) {
    yield* sel4.tcb.bindNotification(tcb, loader.origOf(notification.object));
  }
  if (config.settings.debugBuild) yield* sel4.debugNameThread(tcb, object.name);
}

/** A fault endpoint: with all rights, minted when it has a badge. */
function* badgedEndpoint(loader: Loader, cap: ObjectCap | undefined): Task<number> {
  if (cap === undefined) return InitialCap.Null;
  const endpoint = loader.origOf(cap.object);
  const badge = cap.badge ?? 0;
  if (badge === 0) return endpoint;
  const slot = loader.allocSlot();
  const source = loader.path(endpoint);
  yield* loader.sel4.cnode.mint(loader.path(slot), source, CapRights.All, badge);
  loader.recordDup(loader.idOf(cap.object), slot);
  return slot;
}

function* setRegisters(loader: Loader, object: TcbObject): Task<void> {
  const { sel4 } = loader;
  const tcb = loader.origOf(object.name);
  if (object.sp % STACK_ALIGNMENT !== 0) {
    throw new RootserverError(`the stack pointer is not aligned to ${STACK_ALIGNMENT} bytes`);
  }
  const sp = yield* spillArguments(loader, object);
  const [a0 = 0, a1 = 0, a2 = 0, a3 = 0] = object.init;
  const registers: UserRegisters = { pc: object.ip, sp, a0, a1, a2, a3 };
  yield* sel4.tcb.writeRegisters(tcb, registers);
  yield* sel4.domainSet.set(InitialCap.Domain, object.domain ?? 0, tcb);
}

/** Puts the arguments that have no register onto the stack; returns the stack pointer. */
function* spillArguments(loader: Loader, object: TcbObject): Task<number> {
  const spilled = object.init.slice(REGISTER_ARGUMENTS);
  if (spilled.length === 0) return object.sp;
  const bytes = Math.ceil((spilled.length * 4) / STACK_ALIGNMENT) * STACK_ALIGNMENT;
  const sp = object.sp - bytes;
  const pageBytes = 2 ** loader.config.sizeBits.page4K;
  const page = Math.floor(sp / pageBytes);
  if (sp < 0 || page !== Math.floor((object.sp - 1) / pageBytes)) {
    throw new RootserverError(`${spilled.length} arguments do not fit into the last stack page`);
  }
  const frame = stackFrame(loader, object, page);
  const words = new Uint8Array(bytes);
  const view = new DataView(words.buffer);
  spilled.forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  yield* withFrame(loader, frame, (region) => {
    region.write(sp % pageBytes, words);
  });
  return sp;
}

/** Capability of the frame behind a page of a thread's address space. */
function stackFrame(loader: Loader, object: TcbObject, page: number): number {
  const vspace = objectCapAt(object.slots, TcbSlotNumber.vspace);
  const root = vspace === undefined ? undefined : loader.object(loader.idOf(vspace.object));
  const tableCap = root?.kind === "pt" ? objectCapAt(root.slots, page >>> 10) : undefined;
  const table = tableCap === undefined ? undefined : loader.object(loader.idOf(tableCap.object));
  const cap = table?.kind === "pt" ? objectCapAt(table.slots, page & 1023) : undefined;
  if (cap === undefined) throw new RootserverError("the stack has no page for the arguments");
  return loader.origOf(cap.object);
}
