import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { spoilt, type Step } from "./hostile-step.ts";
import { EXTERNAL, type KernelWorld, type Message, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const REVIVE_IRQ = 7;
const PRIORITIES = [40, 50, 50, 60];

/** A system with threads that hold capabilities to each other and to everything else. */
export class HostileSystem {
  readonly world: KernelWorld;
  readonly done = new Map<string, number>();
  readonly refused = new Map<string, number>();
  readonly #threads: number[] = [];
  readonly #contexts: number[] = [];
  readonly #endpoints: number[];
  readonly #notifications: number[];
  readonly #replies: number[];
  readonly #everything: number[];
  readonly #untyped: number;
  readonly #scratch: number[];
  readonly #control: number;
  readonly #wake: number;
  readonly #handler: number;
  readonly #fault: number;

  constructor(world: KernelWorld) {
    this.world = world;
    world.isChecked = false;
    const { label, objectType, sizeBits } = world.config;
    const fault = world.endpoint();
    this.#fault = fault;
    this.#endpoints = [world.endpoint(), world.endpoint()];
    this.#endpoints.push(
      world.mint(this.#endpoints[0] ?? 0, 5),
      world.mint(this.#endpoints[1] ?? 0, 6, CapRights.Write),
    );
    this.#notifications = [world.notification(), world.notification()];
    this.#replies = [world.reply(), world.reply(), world.reply()];
    PRIORITIES.forEach((priority, index) => {
      const thread = world.thread({
        priority,
        budget: 700,
        period: index % 2 === 0 ? 700 : 3000,
        isSporadic: index === 3,
        faultHandler: index === 0 ? 0 : fault,
      });
      world.must(thread.slot, label.tcbSetMCPriority, [100], [InitialCap.InitThreadTcb]);
      this.#threads.push(thread.slot);
      this.#contexts.push(thread.sc);
    });
    this.#contexts.push(world.create(objectType.schedContext, sizeBits.minSchedContext));
    this.#untyped = world.create(objectType.untyped, 14);
    this.#control = world.schedControl();
    this.#wake = world.notification();
    this.#handler = world.freeSlot();
    world.must(
      InitialCap.IrqControl,
      label.irqIssueIRQHandler,
      [REVIVE_IRQ, this.#handler, 32],
      [ROOT],
    );
    world.must(this.#handler, label.irqSetIRQHandler, [], [this.#wake]);
    this.#scratch = Array.from({ length: 12 }, () => world.freeSlot());
    this.#everything = [
      ...this.#threads,
      ...this.#contexts,
      ...this.#endpoints,
      ...this.#notifications,
      ...this.#replies,
      ...this.#scratch,
      this.#untyped,
      this.#control,
      InitialCap.InitThreadVSpace,
      0,
      0x80000000,
    ];
    world.isChecked = true;
    world.syscall(world.config.syscall.wait, this.#wake);
  }

  /** Nobody can run any more: the initial task is woken up and sets everyone going again. */
  revive(): boolean {
    const { world } = this;
    const { label } = world.config;
    world.port.raised.add(REVIVE_IRQ);
    world.trap(EXTERNAL);
    if (world.current !== world.root) return false;
    world.pass(20_000);
    this.#threads.forEach((slot, index) => {
      if (world.cap(slot).type !== CapType.Thread) return;
      if (world.root.schedContext === null) return;
      world.invoke(this.#contexts[index] ?? 0, label.schedContextBind, [], [slot]);
      world.invoke(
        slot,
        label.tcbSetPriority,
        [PRIORITIES[index] ?? 50],
        [InitialCap.InitThreadTcb],
      );
      world.invoke(slot, label.tcbSuspend);
      world.invoke(slot, label.tcbResume);
    });
    world.invoke(this.#handler, label.irqAckIRQ);
    world.syscall(world.config.syscall.wait, this.#wake);
    return world.current !== world.kernel.state.idle;
  }

  act(one: Step): void {
    const { world } = this;
    const { syscall, label } = world.config;
    const pick = (from: readonly number[], index: number): number => from[index % from.length] ?? 0;
    const call = (
      name: string,
      cptr: number,
      at: number,
      words: number[] = [],
      caps: number[] = [],
    ): void => {
      this.#call(name, cptr, spoilt({ label: at, words, caps }, one.spoil, this.#everything));
    };
    const thread = pick(this.#threads, one.p);
    const context = pick(this.#contexts, one.q);
    const endpoint = pick(this.#endpoints, one.p);
    const notification = pick(this.#notifications, one.q);
    const reply = pick(this.#replies, one.r);
    const slot = pick(this.#scratch, one.r);
    const words = Array.from({ length: one.r % 8 }, (_, index) => one.p + index);
    switch (one.kind) {
      case 10:
      case 11: {
        this.#system("call", syscall.call, endpoint, {
          words,
          caps: one.r % 3 === 0 ? [pick(this.#everything, one.q)] : [],
        });
        return;
      }
      case 12:
      case 13: {
        this.#system("recv", syscall.recv, endpoint, { reply });
        return;
      }
      case 14:
      case 15: {
        this.#system("replyRecv", syscall.replyRecv, endpoint, { reply, words });
        return;
      }
      case 16: {
        this.#system("send", syscall.send, endpoint, { words });
        return;
      }
      case 17: {
        this.#system("nbSend", syscall.nbSend, endpoint, { words, caps: [endpoint] });
        return;
      }
      case 18: {
        this.#system("nbRecv", syscall.nbRecv, endpoint, { reply });
        return;
      }
      case 19: {
        this.#system("signal", syscall.send, notification);
        return;
      }
      case 20: {
        this.#system("wait", syscall.wait, notification);
        return;
      }
      case 21: {
        this.#system("nbWait", syscall.nbWait, notification);
        return;
      }
      case 22: {
        this.#system("nbSendRecv", syscall.nbSendRecv, endpoint, {
          reply,
          destination: notification,
          words,
        });
        return;
      }
      case 23: {
        this.#system("nbSendWait", syscall.nbSendWait, notification, {
          reply: endpoint,
          words,
        });
        return;
      }
      case 24: {
        this.#system("yield", syscall.yield, 0);
        return;
      }
      case 25: {
        call("TCB_SetPriority", thread, label.tcbSetPriority, [one.q % 110], [thread]);
        return;
      }
      case 26: {
        call("TCB_Suspend", thread, label.tcbSuspend);
        return;
      }
      case 27: {
        call("TCB_Resume", thread, label.tcbResume);
        return;
      }
      case 28: {
        call("TCB_ReadRegisters", thread, label.tcbReadRegisters, [one.q & 1, 32]);
        return;
      }
      case 29: {
        call(
          "TCB_BindNotification",
          thread,
          one.r % 2 === 0 ? label.tcbBindNotification : label.tcbUnbindNotification,
          [],
          [notification],
        );
        return;
      }
      case 30: {
        call(
          "TCB_SetSchedParams",
          thread,
          label.tcbSetSchedParams,
          [100, one.q % 100],
          [thread, one.r % 2 === 0 ? 0 : context, this.#endpoints[0] ?? 0],
        );
        return;
      }
      case 31: {
        call(
          "SchedContext_Bind",
          context,
          label.schedContextBind,
          [],
          [one.r % 2 === 0 ? thread : notification],
        );
        return;
      }
      case 32: {
        call(
          "SchedContext_Unbind",
          context,
          one.r % 2 === 0 ? label.schedContextUnbind : label.schedContextUnbindObject,
          [],
          [notification],
        );
        return;
      }
      case 33: {
        call("SchedContext_YieldTo", context, label.schedContextYieldTo);
        return;
      }
      case 34: {
        call("SchedContext_Consumed", context, label.schedContextConsumed);
        return;
      }
      case 35: {
        call(
          "SchedControl_ConfigureFlags",
          this.#control,
          label.schedControlConfigureFlags,
          [100 + one.p * 3, 0, 100 + Math.max(one.p, one.q) * 3, 0, one.r % 4, one.r, one.r & 1],
          [context],
        );
        return;
      }
      case 36: {
        call(
          "CNode_Copy",
          ROOT,
          label.cnodeCopy,
          [slot, 32, pick(this.#everything, one.p), 32, CapRights.All],
          [ROOT],
        );
        return;
      }
      case 37: {
        call("CNode_Delete", ROOT, one.p % 4 === 0 ? label.cnodeRevoke : label.cnodeDelete, [
          one.q % 9 === 0 ? reply : slot,
          32,
        ]);
        return;
      }
      case 38: {
        call(
          "Untyped_Retype",
          this.#untyped,
          label.untypedRetype,
          [1 + (one.p % 6), one.p % 6 === 3 ? 2 : 8, 0, 0, slot, 1],
          [ROOT],
        );
        return;
      }
      case 39: {
        call("CNode_CancelBadgedSends", ROOT, label.cnodeCancelBadgedSends, [endpoint, 32]);
        return;
      }
      default: {
        if (one.kind < 10) this.#chaos(one, pick);
        else this.#configure(one, pick, call);
        return;
      }
    }
  }

  /** What is done to threads that may be running. */
  #configure(
    one: Step,
    pick: (from: readonly number[], index: number) => number,
    call: (name: string, cptr: number, at: number, words?: number[], caps?: number[]) => void,
  ): void {
    const { world } = this;
    const { syscall, label } = world.config;
    const thread = pick(this.#threads, one.p);
    const other = pick(this.#threads, one.q);
    const endpoint = pick(this.#endpoints, one.p);
    const reply = pick(this.#replies, one.r);
    const spaces = [ROOT, InitialCap.InitThreadVSpace];
    const buffer = InitialCap.InitThreadIpcBuffer;
    const bufferAt = [0, 0x1000, 0x400000, 0x1004][one.r % 4] ?? 0;
    switch (one.kind) {
      case 40: {
        call("TCB_SetTLSBase", thread, label.tcbSetTLSBase, [one.q]);
        return;
      }
      case 41: {
        const words = [one.q & 1, 3, 0x10000 + one.q * 4, one.r, one.p];
        call("TCB_WriteRegisters", thread, label.tcbWriteRegisters, words);
        return;
      }
      case 42: {
        call("TCB_CopyRegisters", thread, label.tcbCopyRegisters, [one.r & 15], [other]);
        return;
      }
      case 43: {
        call("TCB_SetIPCBuffer", thread, label.tcbSetIPCBuffer, [bufferAt], [buffer]);
        return;
      }
      case 44: {
        const handler = one.r % 3 === 0 ? 0 : endpoint;
        call("TCB_SetSpace", thread, label.tcbSetSpace, [0, 0], [handler, ...spaces]);
        return;
      }
      case 45: {
        call("TCB_Configure", thread, label.tcbConfigure, [0, 0, bufferAt], [...spaces, buffer]);
        return;
      }
      case 46: {
        const handler = one.r % 3 === 0 ? 0 : endpoint;
        call("TCB_SetTimeoutEndpoint", thread, label.tcbSetTimeoutEndpoint, [], [handler]);
        return;
      }
      case 47: {
        call("TCB_SetMCPriority", thread, label.tcbSetMCPriority, [one.q % 110], [other]);
        return;
      }
      case 48: {
        call("DomainSet_Set", InitialCap.Domain, label.domainSetSet, [one.q & 1 & one.r], [thread]);
        return;
      }
      case 49: {
        const context = pick(this.#contexts, one.q);
        const unbind = label.schedContextUnbindObject;
        call("SchedContext_UnbindObject", context, unbind, [], [pick(this.#threads, one.q)]);
        return;
      }
      case 50:
      case 51: {
        this.#system("recv of faults", syscall.recv, this.#fault, { reply });
        return;
      }
      case 52:
      case 53: {
        // The registers of the thread that faulted, or nothing; with or without a restart.
        const words = Array.from({ length: one.q % 24 }, (_, index) => 0x10000 + index * 4);
        this.#system("replyRecv of faults", syscall.replyRecv, this.#fault, {
          ...{ reply, words, label: one.p & 1 },
        });
        return;
      }
      case 54:
      case 55: {
        const { current } = world;
        if (current.slots[2]?.cap.type === CapType.Frame)
          world.setReceiveSlot(current, pick(this.#scratch, one.q));
        this.#system("recv of capabilities", syscall.recv, endpoint, { reply });
        return;
      }
      case 56: {
        const caps = [one.p, one.q, one.r].map((index) => pick(this.#everything, index));
        this.#system("call with capabilities", syscall.call, endpoint, { words: [1], caps });
        return;
      }
      case 57: {
        // A fault, of which the handler hears.
        world.exception([2, 5, 12, 13][one.p % 4] ?? 2, one.q * 0x1000);
        return;
      }
      case 58: {
        this.#system("recv of anything", syscall.recv, pick(this.#everything, one.p), { reply });
        return;
      }
      case 59: {
        // Its other capabilities go, and the sends through them.
        call("CNode_Revoke", ROOT, label.cnodeRevoke, [endpoint, 32]);
        return;
      }
      case 60: {
        const gone = pick([...this.#endpoints, ...this.#notifications, ...this.#replies], one.q);
        if (one.p % 4 === 0) call("CNode_Delete", ROOT, label.cnodeDelete, [gone, 32]);
        return;
      }
      case 61: {
        const gone = pick([...this.#threads, ...this.#contexts], one.q);
        if (one.p % 8 === 0) call("CNode_Delete", ROOT, label.cnodeDelete, [gone, 32]);
        return;
      }
      default: {
        this.#system("unknown", 77, endpoint, { words: [one.p] });
      }
    }
  }

  /** Registers that mean nothing in particular. */
  #chaos(one: Step, pick: (from: readonly number[], index: number) => number): void {
    const { world } = this;
    if (one.kind === 0) {
      world.exception([2, 3, 5, 7, 12, 13, 15][one.p % 7] ?? 2, one.q * 0x1000);
      return;
    }
    if (one.kind <= 2) {
      world.trap(TIMER);
      return;
    }
    const number = one.kind <= 6 ? -1 - (one.p % 11) : -12 - (one.p % 20);
    const { debugHalt, debugNameThread } = world.config.syscall;
    if (number === debugHalt || number === debugNameThread) return;
    const message = {
      label: one.q % 50,
      words: [one.r, one.p, one.q * 0x1000000, one.p - one.q, one.r].slice(0, one.r % 6),
      caps: [one.p, one.q, one.r].slice(0, one.q % 4).map((index) => pick(this.#everything, index)),
      reply: pick(this.#everything, one.r),
      destination: pick(this.#everything, one.q),
    };
    this.#system("chaos", number, pick(this.#everything, one.p), message);
  }

  #system(name: string, number: number, cptr: number, message: Message = {}): void {
    const hasBuffer = this.world.current.slots[2]?.cap.type === CapType.Frame;
    const { words = [] } = message;
    this.world.syscall(
      number,
      cptr,
      hasBuffer ? message : { ...message, caps: [], words: words.slice(0, 4) },
    );
    if (name !== "chaos") this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  #call(name: string, cptr: number, message: Message): void {
    const caller = this.world.current;
    this.#system("chaos", this.world.config.syscall.call, cptr, message);
    const isAnswered = this.world.current === caller && caller.state === ThreadState.Running;
    const isRefused = isAnswered && this.world.answer().error !== 0;
    const counts = isRefused ? this.refused : this.done;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
