import {
  type Cap,
  CapType,
  type KernelState as Model,
  Right,
  type Tcb,
} from "@cantrip/sel4-kernel";
import type { Operation } from "./operation.ts";
import { drawCNode, drawRetype } from "./random-cspace.ts";
import { drawMemory } from "./random-memory.ts";
import {
  drawAnswer,
  drawCall,
  drawPassive,
  drawFault,
  drawInterrupt,
  drawReceive,
  drawReply,
  drawSend,
} from "./random-messages.ts";
import { RandomSlots } from "./random-slots.ts";
import { RandomSource } from "./random-source.ts";
import { drawRevival, drawThread, drawTime } from "./random-threads.ts";

type Draw = () => Operation;

/** Draws operations that fit the state that the model is in: most name capabilities of the right kind. */
export class RandomOperations {
  readonly #model: Model;
  readonly #slots: RandomSlots;
  readonly #random: RandomSource;
  readonly #lines: readonly number[];
  /** The initial thread: when it waits, nobody may be left to wake it. */
  readonly #root: Tcb;

  /** @param lines - interrupts that may be raised */
  constructor(model: Model, seed: number, lines: readonly number[] = []) {
    this.#model = model;
    this.#root = model.current;
    this.#random = new RandomSource(seed);
    this.#slots = new RandomSlots(model, this.#random);
    this.#lines = lines;
  }

  next(): Operation {
    const operation = this.#draw();
    const raises = this.#lines.length > 0 && this.#random.onceIn(12);
    return raises ? { ...operation, interrupt: this.#random.of(this.#lines) } : operation;
  }

  #draw(): Operation {
    const isRoot = this.#model.current === this.#root;
    const answer = this.#random.onceIn(2) ? drawAnswer(this.#slots) : undefined;
    if (answer !== undefined && !isRoot) return answer;
    const operation = this.#random.of(isRoot ? this.#rootDraws : this.#otherDraws)();
    return isRoot ? this.#withoutWaiting(operation) : operation;
  }

  /** Keeps the initial thread from waiting, and from faults that nobody handles. */
  #withoutWaiting(operation: Operation): Operation {
    const { call, send, nbSend, nbRecv, nbWait } = this.#model.config.syscall;
    const cap = this.#slots.capAt(operation.cptr);
    switch (operation.syscall) {
      case call:
      case send:
        return cap?.type === CapType.Endpoint ? { ...operation, syscall: nbSend } : operation;
      case nbRecv:
      case nbWait: {
        const needsReply = cap?.type === CapType.Endpoint && operation.syscall === nbRecv;
        const reply = this.#slots.capAt(operation.reply ?? 0);
        const hasReply = !needsReply || reply?.type === CapType.Reply;
        return mayReceive(cap) && hasReply ? operation : drawRevival(this.#slots);
      }
      default:
        return operation;
    }
  }

  readonly #invocations: readonly Draw[] = [
    ...times(3, () => drawRetype(this.#slots)),
    ...times(5, () => drawCNode(this.#slots)),
    ...times(5, () => drawThread(this.#slots)),
    ...times(4, () => drawTime(this.#slots)),
    ...times(3, () => drawMemory(this.#slots)),
    () => drawInterrupt(this.#slots, this.#lines),
  ];
  readonly #polls: readonly Draw[] = [
    ...times(2, () => drawSend(this.#slots, "nbSend")),
    () => drawReceive(this.#slots, "nbRecv"),
    () => drawReceive(this.#slots, "nbWait"),
    () => drawReply(this.#slots),
  ];
  readonly #rootDraws: readonly Draw[] = [
    ...this.#invocations,
    ...this.#polls,
    ...times(8, () => drawRevival(this.#slots)),
    ...times(2, () => drawPassive(this.#slots)),
    // Its budget is used up: the others run until it is refilled.
    ...times(3, () => this.#yield()),
  ];
  readonly #otherDraws: readonly Draw[] = [
    ...this.#invocations,
    ...this.#polls,
    ...times(3, () => drawReceive(this.#slots, "recv")),
    ...times(2, () => drawReceive(this.#slots, "wait")),
    ...times(4, () => drawReceive(this.#slots, "replyRecv")),
    ...times(3, () => drawReceive(this.#slots, "nbSendRecv")),
    ...times(2, () => drawReceive(this.#slots, "nbSendWait")),
    ...times(3, () => drawSend(this.#slots, "send")),
    ...times(14, () => drawCall(this.#slots)),
    ...times(4, () => drawFault(this.#slots)),
    () => this.#yield(),
  ];

  #yield(): Operation {
    return { name: "yield", syscall: this.#model.config.syscall.yield, cptr: 0 };
  }
}

/** Whether receiving from it is no fault. */
function mayReceive(cap: Cap | undefined): boolean {
  if (cap?.type === CapType.Notification && cap.object.boundTcb !== null) return false;
  return isChannel(cap) && (cap.rights & Right.Read) !== 0;
}

function isChannel(
  cap: Cap | undefined,
): cap is Extract<Cap, { readonly type: typeof CapType.Endpoint | typeof CapType.Notification }> {
  return cap?.type === CapType.Endpoint || cap?.type === CapType.Notification;
}

function times(count: number, draw: Draw): Draw[] {
  return Array.from({ length: count }, () => draw);
}
