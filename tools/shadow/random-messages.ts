import { CapType, EndpointState, Right, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap, MESSAGE_REGISTERS } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import { DEPTH, PAGES, ROOT, type RandomSlots } from "./random-slots.ts";
import { Code } from "./scripted-task.ts";

type Sending = "send" | "nbSend" | "call";
type Receiving = "recv" | "nbRecv" | "wait" | "nbWait" | "replyRecv" | "nbSendRecv" | "nbSendWait";

function channel(slots: RandomSlots): number {
  return slots.random.onceIn(3) ? slots.of(CapType.Notification) : slots.of(CapType.Endpoint);
}

function message(
  slots: RandomSlots,
): Pick<Operation, "label" | "words" | "caps" | "receiveSlot"> & object {
  const { random } = slots;
  // Short ones without capabilities are what fast paths take.
  const isPlain = random.onceIn(2);
  const length = random.onceIn(4) ? random.below(100) : random.below(6);
  const words = isPlain ? random.below(MESSAGE_REGISTERS + 1) : length;
  const caps = !isPlain && random.onceIn(2) ? 1 + random.below(3) : 0;
  return {
    label: random.below(100),
    words: Array.from({ length: words }, () => random.word()),
    caps: Array.from({ length: caps }, () => slots.used()),
    ...(random.onceIn(2) ? { receiveSlot: slots.free() } : {}),
  };
}

/** A call, at times of somebody who waits without a budget of its own. */
export function drawCall(slots: RandomSlots): Operation {
  if (slots.random.onceIn(2)) return drawSend(slots, "call");
  const cptr = slots.of(
    CapType.Endpoint,
    ({ object, rights }) =>
      (rights & Right.Write) !== 0 &&
      object.state === EndpointState.Receive &&
      object.head?.schedContext === null,
  );
  return { name: "call", syscall: slots.model.config.syscall.call, cptr, ...message(slots) };
}

/** Answers who gave the running thread its budget, and waits for the next; `undefined` when nobody did. */
export function drawAnswer(slots: RandomSlots): Operation | undefined {
  const { model } = slots;
  const caller = model.current.schedContext?.reply ?? null;
  if (caller === null) return undefined;
  const reply = slots.of(CapType.Reply, ({ object }) => object === caller);
  const cptr = slots.of(CapType.Endpoint, ({ object }) => object.state !== EndpointState.Send);
  const syscall = model.config.syscall.replyRecv;
  return { name: "replyRecv", syscall, cptr, reply, ...message(slots), label: 0 };
}

/** Takes the budget of somebody who waits for messages: from then on it has those of its callers. */
export function drawPassive(slots: RandomSlots): Operation {
  const context = slots.of(
    CapType.SchedContext,
    ({ object: { tcb } }) => tcb?.state === ThreadState.BlockedOnReceive,
  );
  return slots.invoke("SchedContext_Unbind", context, slots.model.config.label.schedContextUnbind);
}

/** A message to an endpoint or notification. */
export function drawSend(slots: RandomSlots, name: Sending): Operation {
  const cptr = name === "call" ? slots.of(CapType.Endpoint) : channel(slots);
  return { name, syscall: slots.model.config.syscall[name], cptr, ...message(slots) };
}

/** Waiting for a message, or looking for one; some answer or send before. */
export function drawReceive(slots: RandomSlots, name: Receiving): Operation {
  const { random, model } = slots;
  const isOfNotification = name === "wait" || name === "nbWait" || name === "nbSendWait";
  const cptr =
    isOfNotification && !random.onceIn(4)
      ? slots.of(CapType.Notification)
      : slots.of(CapType.Endpoint);
  const reply = name === "nbSendWait" ? channel(slots) : replyObject(slots);
  const destination = random.onceIn(3) ? slots.of(CapType.Reply) : channel(slots);
  return {
    ...{ name, syscall: model.config.syscall[name], cptr, reply, destination },
    ...message(slots),
  };
}

/** One that somebody waits for, at times; else any. */
function replyObject(slots: RandomSlots): number {
  const { random } = slots;
  const isWaitedFor = random.onceIn(3);
  return slots.of(CapType.Reply, ({ object }) => !isWaitedFor || object.tcb !== null);
}

/** Answers whoever waits for it. */
export function drawReply(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const cptr = slots.of(CapType.Reply, ({ object }) => object.tcb !== null);
  const syscall = random.onceIn(2) ? model.config.syscall.send : model.config.syscall.nbSend;
  // 0: what faulted may go on.
  const label = random.onceIn(3) ? random.below(3) : 0;
  return { name: "reply", syscall, cptr, ...message(slots), label };
}

/** Something that is no system call. */
export function drawFault(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { syscall, cantripFork } = model.config;
  const fault = (name: string, code: number): Operation => {
    const cptr = random.onceIn(2) ? random.word() & ~1 : PAGES + 4 * random.below(0x10000);
    return { name, syscall: syscall.yield, cptr, code };
  };
  return random.of([
    () => ({ name: "unknown system call", syscall: 1 + random.below(1000), cptr: random.word() }),
    () => fault("breakpoint", Code.Breakpoint),
    () => fault("load", Code.Load),
    () => fault("store", Code.Store),
    // The fork's machine-mode part hangs on illegal instructions: also on those in pages.
    ...(cantripFork
      ? []
      : [() => fault("jump", Code.Jump), () => fault("illegal instruction", Code.Illegal)]),
  ])();
}

/**
 * Invocations of interrupts.
 *
 * @param lines - sources that nothing else is connected to; none where the kernel cannot reach its interrupt controller
 */
export function drawInterrupt(slots: RandomSlots, lines: readonly number[]): Operation {
  const { random, model } = slots;
  const { label } = model.config;
  const handler = slots.of(CapType.IrqHandler);
  const irq = lines.length === 0 || random.onceIn(8) ? model.platform.maxIrq + 1 : random.of(lines);
  return random.of([
    () =>
      slots.invoke(
        "IRQControl_Get",
        InitialCap.IrqControl,
        label.irqIssueIRQHandler,
        [irq, slots.free(), DEPTH],
        [ROOT],
      ),
    () => slots.invoke("IRQHandler_Ack", handler, label.irqAckIRQ),
    ...[1, 2].map(
      () => () =>
        slots.invoke(
          "IRQHandler_SetNotification",
          handler,
          label.irqSetIRQHandler,
          [],
          [slots.of(CapType.Notification)],
        ),
    ),
    () => slots.invoke("IRQHandler_Clear", handler, label.irqClearIRQHandler),
  ])();
}
