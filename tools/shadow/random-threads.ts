import { CapType, type Tcb, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import { ROOT, type RandomSlots } from "./random-slots.ts";
import { READY_PC } from "./scripted-task.ts";

/** Half of a page's four possible places of an IPC buffer. */
const BUFFER = 0x400;
/** The initial thread's, which nobody else has. */
const HIGHEST = 255;

/** A thread that is not the initial one, mostly. */
function anyThread(slots: RandomSlots): number {
  return slots.of(CapType.Thread, ({ object }) => object.priority !== HIGHEST);
}

/** Lets a thread that could run, and does not, go on with its next operation. */
export function drawRevival(slots: RandomSlots): Operation {
  const { label } = slots.model.config;
  const words = [1, 2, READY_PC, slots.random.word()];
  const isOrphan = slots.random.onceIn(10);
  const tcb = slots.of(
    CapType.Thread,
    ({ object }) =>
      object.priority !== HIGHEST &&
      (isOrphan || (isStill(object) && object.schedContext !== null)),
  );
  return slots.invoke("TCB_WriteRegisters", tcb, label.tcbWriteRegisters, words);
}

function isStill({ state }: Tcb): boolean {
  return state !== ThreadState.Running && state !== ThreadState.Restart;
}

/** Invocations of threads. */
export function drawThread(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { label } = model.config;
  const tcb = anyThread(slots);
  // Few: who waits in a queue is to meet others of the same priority.
  const priority = random.below(3) * 40 + (random.onceIn(4) ? random.below(3) : 0);
  const own = InitialCap.InitThreadTcb;
  const invoke = (
    name: string,
    number: number,
    words: number[] = [],
    caps: number[] = [],
  ): Operation => slots.invoke(`TCB_${name}`, tcb, number, words, caps);
  const endpoint = (): number => (random.onceIn(3) ? 0 : slots.of(CapType.Endpoint));
  const cspace = (): number => (random.onceIn(12) ? slots.of(CapType.CNode) : ROOT);
  const page = slots.mappedPage();
  const { tcbSetFlags } = label;
  return random.of([
    () =>
      invoke(
        "Configure",
        label.tcbConfigure,
        [0, 0, page.vaddr + BUFFER * random.below(2)],
        [cspace(), slots.vspace(), page.slot],
      ),
    () =>
      invoke(
        "SetSpace",
        label.tcbSetSpace,
        [random.onceIn(12) ? random.below(0x80) : 0, 0],
        [endpoint(), cspace(), slots.vspace()],
      ),
    () => invoke("SetPriority", label.tcbSetPriority, [priority], [own]),
    () => invoke("SetMCPriority", label.tcbSetMCPriority, [priority], [own]),
    ...[1, 2].map(
      () => () =>
        invoke(
          "SetSchedParams",
          label.tcbSetSchedParams,
          [priority, priority],
          [own, random.onceIn(6) ? 0 : slots.of(CapType.SchedContext), endpoint()],
        ),
    ),
    () => invoke("SetTimeoutEndpoint", label.tcbSetTimeoutEndpoint, [], [endpoint()]),
    () => invoke("SetIPCBuffer", label.tcbSetIPCBuffer, [page.vaddr], [page.slot]),
    () => invoke("Suspend", label.tcbSuspend),
    () => invoke("Resume", label.tcbResume),
    () =>
      invoke("BindNotification", label.tcbBindNotification, [], [slots.of(CapType.Notification)]),
    () => invoke("UnbindNotification", label.tcbUnbindNotification),
    () => invoke("SetTLSBase", label.tcbSetTLSBase, [random.word()]),
    () => invoke("ReadRegisters", label.tcbReadRegisters, [random.below(2), random.below(33)]),
    () =>
      invoke("WriteRegisters", label.tcbWriteRegisters, [
        random.below(4) === 0 ? 0 : 1,
        2 + random.below(8),
        random.onceIn(12) ? random.word() & ~1 : READY_PC,
        ...Array.from({ length: 12 }, () => random.word()),
      ]),
    () =>
      invoke(
        "CopyRegisters",
        label.tcbCopyRegisters,
        [random.below(16)],
        [slots.of(CapType.Thread)],
      ),
    ...(tcbSetFlags === undefined
      ? []
      : [() => invoke("SetFlags", tcbSetFlags, [random.below(2), random.below(2)])]),
  ])();
}

/** Invocations of scheduling contexts and domains. */
export function drawTime(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { label } = model.config;
  const context = slots.of(CapType.SchedContext);
  const bound = random.onceIn(3) ? slots.of(CapType.Notification) : slots.of(CapType.Thread);
  const budget = random.of([20 + random.below(400), 1000 + random.below(9) * 500]);
  const period = random.onceIn(3) ? budget : budget + random.below(8) * 1000;
  const invoke = (name: string, number: number, caps: number[] = []): Operation =>
    slots.invoke(`SchedContext_${name}`, context, number, [], caps);
  const configure = (): Operation =>
    slots.invoke(
      "SchedControl_ConfigureFlags",
      slots.of(CapType.SchedControl),
      label.schedControlConfigureFlags,
      [budget, 0, period, 0, random.below(6), random.below(100), random.below(2)],
      [context],
    );
  const { domainScheduleConfigure, domainScheduleSetStart } = label;
  const domain = (name: string, number: number, words: number[], caps: number[] = []): Operation =>
    slots.invoke(`DomainSet_${name}`, InitialCap.Domain, number, words, caps);
  return random.of([
    ...[1, 2, 3, 4].map(() => configure),
    ...[1, 2, 3].map(() => () => invoke("Bind", label.schedContextBind, [bound])),
    () => invoke("Unbind", label.schedContextUnbind),
    () => invoke("UnbindObject", label.schedContextUnbindObject, [bound]),
    () => invoke("Consumed", label.schedContextConsumed),
    ...[1, 2].map(() => () => invoke("YieldTo", label.schedContextYieldTo)),
    () => domain("Set", label.domainSetSet, [random.onceIn(4) ? 1 : 0], [slots.of(CapType.Thread)]),
    ...(domainScheduleConfigure === undefined || domainScheduleSetStart === undefined
      ? []
      : [
          () =>
            random.onceIn(2)
              ? domain("ScheduleConfigure", domainScheduleConfigure, [
                  ...[random.below(3), random.below(2), random.below(4) * 10_000, 0],
                ])
              : domain("ScheduleSetStart", domainScheduleSetStart, [random.below(3)]),
        ]),
  ])();
}
