import {
  type Cap,
  CapType,
  type CNode,
  type KernelState as Model,
  type Tcb,
  TcbSlot,
} from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import { RandomSource } from "./random-source.ts";
import { READY_PC } from "./scripted-task.ts";

const ROOT = InitialCap.InitThreadCNode;
const DEPTH = 32;
/** First slot that nothing is in at boot, on any board, and how many are used. */
const FIRST_SLOT = 120;
const SLOTS = 200;
/** Where IPC buffers and other pages are mapped. */
const PAGES = 0x20000;
const BUFFER = 0x400;
const US_LOW = 1000;
/** Larger untypeds take long to clear. */
const MOST_BITS = 18;

/** Draws operations that fit the state that the model is in: most name capabilities of the right kind. */
export class RandomOperations {
  readonly #model: Model;
  readonly #random: RandomSource;
  /** The initial thread: when it waits, nobody may be left to wake it. */
  readonly #root: Tcb;

  constructor(model: Model, seed: number) {
    this.#model = model;
    this.#root = model.current;
    this.#random = new RandomSource(seed);
  }

  next(): Operation {
    const random = this.#random;
    const isRoot = this.#rootCNode === null || this.#model.current === this.#root;
    const kinds = isRoot
      ? this.#rootKinds
      : [...this.#rootKinds, ...this.#waiting, ...this.#waiting];
    const operation = random.of(kinds)();
    const { call, nbSend } = this.#model.config.syscall;
    if (!isRoot || operation.syscall !== call) return operation;
    // An invocation of what turns out to be an endpoint would be a call that nobody answers.
    const isCall = this.#rootCNode?.slots[operation.cptr]?.cap.type === CapType.Endpoint;
    return isCall ? { ...operation, syscall: nbSend } : operation;
  }

  readonly #waiting = [
    (): Operation => this.#receive("recv"),
    (): Operation => this.#receive("wait"),
    (): Operation => this.#receive("replyRecv"),
    (): Operation => this.#receive("nbSendRecv"),
    (): Operation => this.#receive("nbSendWait"),
    (): Operation => this.#send("send"),
    (): Operation => this.#send("call"),
  ];

  readonly #rootKinds = [
    (): Operation => this.#retype(),
    (): Operation => this.#retype(),
    (): Operation => this.#retype(),
    (): Operation => this.#cnode(),
    (): Operation => this.#cnode(),
    (): Operation => this.#cnode(),
    (): Operation => this.#cnode(),
    (): Operation => this.#thread(),
    (): Operation => this.#thread(),
    (): Operation => this.#thread(),
    (): Operation => this.#thread(),
    (): Operation => this.#thread(),
    (): Operation => this.#schedContext(),
    (): Operation => this.#schedContext(),
    (): Operation => this.#schedContext(),
    (): Operation => this.#memory(),
    (): Operation => this.#memory(),
    (): Operation => this.#interrupt(),
    (): Operation => this.#send("nbSend"),
    (): Operation => this.#send("nbSend"),
    (): Operation => this.#send("nbSend"),
    (): Operation => this.#receive("nbRecv"),
    (): Operation => this.#receive("nbWait"),
    (): Operation => this.#yield(),
  ];

  get #rootCNode(): CNode | null {
    const cap = this.#model.current.slots[TcbSlot.CTable]?.cap;
    return cap?.type === CapType.CNode ? cap.object : null;
  }

  /** A slot that holds such a capability; now and then any other. */
  #slot(type: CapType, isSuch: (cap: Cap) => boolean = () => true): number {
    const random = this.#random;
    if (random.onceIn(25)) return FIRST_SLOT + random.below(SLOTS);
    const found: number[] = [];
    // What the initial task itself lives on is left alone, nearly always.
    const first = type === CapType.SchedControl || random.onceIn(500) ? 0 : FIRST_SLOT;
    for (const [index, { cap }] of this.#rootCNode?.slots.entries() ?? []) {
      if (index >= FIRST_SLOT + SLOTS) break;
      if (index >= first && cap.type === type && isSuch(cap)) found.push(index);
    }
    return found.length === 0 ? FIRST_SLOT : random.of(found);
  }

  #any(): number {
    const used: number[] = [];
    for (const [index, { cap }] of this.#rootCNode?.slots.entries() ?? []) {
      if (index >= FIRST_SLOT && index < FIRST_SLOT + SLOTS && cap.type !== CapType.Null)
        used.push(index);
    }
    return used.length === 0 ? FIRST_SLOT : this.#random.of(used);
  }

  #free(count = 1): number {
    const start = this.#random.below(SLOTS - count);
    const slots = this.#rootCNode?.slots;
    for (let step = 0; step < SLOTS; step++) {
      const slot = FIRST_SLOT + ((start + step) % (SLOTS - count));
      let isFree = true;
      for (let at = slot; at < slot + count; at++)
        if (slots?.[at]?.cap.type !== CapType.Null) isFree = false;
      if (isFree) return slot;
    }
    return FIRST_SLOT + start;
  }

  #invoke(
    name: string,
    cptr: number,
    label: number,
    words: number[] = [],
    caps: number[] = [],
  ): Operation {
    return { name, syscall: this.#model.config.syscall.call, cptr, label, words, caps };
  }

  #thread(): Operation {
    const { label } = this.#model.config;
    const random = this.#random;
    const tcb = this.#slot(
      CapType.Thread,
      (cap) => cap.type === CapType.Thread && cap.object.priority !== 255,
    );
    const priority = random.below(4) * 40 + random.below(3);
    const own = InitialCap.InitThreadTcb;
    const invoke = (
      name: string,
      number: number,
      words: number[] = [],
      caps: number[] = [],
    ): Operation => this.#invoke(`TCB_${name}`, tcb, number, words, caps);
    const endpoint = (): number => (random.onceIn(3) ? 0 : this.#slot(CapType.Endpoint));
    const page = this.#mappedPage();
    return random.of([
      () =>
        invoke(
          "Configure",
          label.tcbConfigure,
          [0, 0, page.vaddr + BUFFER * random.below(2)],
          [ROOT, InitialCap.InitThreadVSpace, page.slot],
        ),
      () =>
        invoke(
          "SetSpace",
          label.tcbSetSpace,
          [0, 0],
          [endpoint(), ROOT, InitialCap.InitThreadVSpace],
        ),
      () => invoke("SetPriority", label.tcbSetPriority, [priority], [own]),
      () => invoke("SetMCPriority", label.tcbSetMCPriority, [priority], [own]),
      () =>
        invoke(
          "SetSchedParams",
          label.tcbSetSchedParams,
          [priority, priority],
          [own, this.#slot(CapType.SchedContext), endpoint()],
        ),
      () => invoke("SetTimeoutEndpoint", label.tcbSetTimeoutEndpoint, [], [endpoint()]),
      () => invoke("SetIPCBuffer", label.tcbSetIPCBuffer, [page.vaddr], [page.slot]),
      () => invoke("Suspend", label.tcbSuspend),
      () => invoke("Resume", label.tcbResume),
      () =>
        invoke(
          "BindNotification",
          label.tcbBindNotification,
          [],
          [this.#slot(CapType.Notification)],
        ),
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
          [this.#slot(CapType.Thread)],
        ),
      ...(label.tcbSetFlags === undefined
        ? []
        : [() => invoke("SetFlags", label.tcbSetFlags ?? 0, [random.below(2), random.below(2)])]),
    ])();
  }

  /** A frame that is mapped, and where. */
  #mappedPage(): { readonly slot: number; readonly vaddr: number } {
    const slot = this.#slot(
      CapType.Frame,
      (cap) => cap.type === CapType.Frame && cap.vaddr >= PAGES,
    );
    const cap = this.#rootCNode?.slots[slot]?.cap;
    return { slot, vaddr: cap?.type === CapType.Frame ? cap.vaddr : PAGES };
  }

  #retype(): Operation {
    const { config } = this.#model;
    const { objectType } = config;
    const random = this.#random;
    const untyped = this.#slot(
      CapType.Untyped,
      (cap) =>
        cap.type === CapType.Untyped &&
        cap.sizeBits <= MOST_BITS &&
        (!cap.isDevice || random.onceIn(30)),
    );
    const count = 1 + random.below(3);
    const [type, size] = random.of<readonly [number, number]>([
      [objectType.untyped, 4 + random.below(10)],
      [objectType.tcb, 0],
      [objectType.tcb, 0],
      [objectType.endpoint, 0],
      [objectType.notification, 0],
      [objectType.reply, 0],
      [objectType.capTable, 1 + random.below(4)],
      [objectType.schedContext, config.sizeBits.minSchedContext + random.below(3)],
      [objectType.schedContext, config.sizeBits.minSchedContext],
      [objectType.page4K, 0],
      [objectType.pageTable, 0],
    ]);
    return this.#invoke(
      "Untyped_Retype",
      untyped,
      config.label.untypedRetype,
      [type, size, 0, 0, this.#free(count), count],
      [ROOT],
    );
  }

  #cnode(): Operation {
    const { label } = this.#model.config;
    const random = this.#random;
    const from = this.#any();
    const to = random.onceIn(12) ? this.#any() : this.#free();
    const badge = random.onceIn(3) ? 0 : random.below(4) * 0x10000 + random.below(3);
    const invoke = (
      name: string,
      number: number,
      words: number[],
      caps: number[] = [],
    ): Operation => this.#invoke(`CNode_${name}`, ROOT, number, words, caps);
    const rights = random.onceIn(2) ? 15 : random.below(16);
    return random.of([
      () => invoke("Copy", label.cnodeCopy, [to, DEPTH, from, DEPTH, rights], [ROOT]),
      () => invoke("Copy", label.cnodeCopy, [to, DEPTH, from, DEPTH, 15], [ROOT]),
      () => invoke("Mint", label.cnodeMint, [to, DEPTH, from, DEPTH, rights, badge], [ROOT]),
      () => invoke("Mint", label.cnodeMint, [to, DEPTH, from, DEPTH, 15, badge], [ROOT]),
      () => invoke("Move", label.cnodeMove, [to, DEPTH, from, DEPTH], [ROOT]),
      () => invoke("Mutate", label.cnodeMutate, [to, DEPTH, from, DEPTH, badge], [ROOT]),
      () =>
        invoke(
          "Rotate",
          label.cnodeRotate,
          [to, DEPTH, badge, this.#any(), DEPTH, badge, from, DEPTH],
          [ROOT, ROOT],
        ),
      () =>
        invoke(
          "Rotate",
          label.cnodeRotate,
          [from, DEPTH, 0, this.#any(), DEPTH, 0, from, DEPTH],
          [ROOT, ROOT],
        ),
      () => invoke("Delete", label.cnodeDelete, [from, DEPTH]),
      () => invoke("Delete", label.cnodeDelete, [from, DEPTH]),
      () =>
        invoke("Revoke", label.cnodeRevoke, [
          random.onceIn(4) ? this.#slot(CapType.Untyped) : from,
          DEPTH,
        ]),
      () =>
        invoke("CancelBadgedSends", label.cnodeCancelBadgedSends, [
          this.#slot(CapType.Endpoint),
          DEPTH,
        ]),
    ])();
  }

  #schedContext(): Operation {
    const { label } = this.#model.config;
    const random = this.#random;
    const context = this.#slot(CapType.SchedContext);
    const bound = random.onceIn(3) ? this.#slot(CapType.Notification) : this.#slot(CapType.Thread);
    const budget = US_LOW + random.below(9) * 500;
    const period = random.onceIn(3) ? budget : budget + random.below(8) * 1000;
    const invoke = (name: string, number: number, caps: number[] = []): Operation =>
      this.#invoke(`SchedContext_${name}`, context, number, [], caps);
    const configure = (): Operation =>
      this.#invoke(
        "SchedControl_ConfigureFlags",
        this.#slot(CapType.SchedControl),
        label.schedControlConfigureFlags,
        [budget, 0, period, 0, random.below(6), random.below(100), random.below(2)],
        [context],
      );
    return random.of([
      ...[configure, configure, configure],
      () => invoke("Bind", label.schedContextBind, [bound]),
      () => invoke("Bind", label.schedContextBind, [bound]),
      () => invoke("Unbind", label.schedContextUnbind),
      () => invoke("UnbindObject", label.schedContextUnbindObject, [bound]),
      () => invoke("Consumed", label.schedContextConsumed),
      () => invoke("YieldTo", label.schedContextYieldTo),
    ])();
  }

  #memory(): Operation {
    const { label } = this.#model.config;
    const random = this.#random;
    const vaddr = random.onceIn(3)
      ? PAGES + random.below(0x800) * 0x1000
      : PAGES + random.below(16) * 0x1000;
    const vspace = InitialCap.InitThreadVSpace;
    const frame = this.#slot(CapType.Frame);
    const table = this.#slot(CapType.PageTable);
    return random.of([
      () =>
        this.#invoke(
          "Page_Map",
          frame,
          label.riscvPageMap,
          [vaddr, random.onceIn(4) ? random.below(4) : 3, random.below(2)],
          [vspace],
        ),
      () => this.#invoke("Page_Map", frame, label.riscvPageMap, [vaddr, 3, 0], [vspace]),
      () => this.#invoke("Page_Unmap", frame, label.riscvPageUnmap),
      () => this.#invoke("Page_GetAddress", frame, label.riscvPageGetAddress),
      () =>
        this.#invoke(
          "PageTable_Map",
          table,
          label.riscvPageTableMap,
          [random.below(32) << 22, 0],
          [random.onceIn(4) ? this.#slot(CapType.PageTable) : vspace],
        ),
      () =>
        this.#invoke(
          "PageTable_Unmap",
          this.#slot(CapType.PageTable, (cap) => cap.type === CapType.PageTable && cap.vaddr !== 0),
          label.riscvPageTableUnmap,
        ),
      () =>
        this.#invoke(
          "ASIDControl_MakePool",
          InitialCap.AsidControl,
          label.riscvASIDControlMakePool,
          [this.#free(), DEPTH],
          [this.#slot(CapType.Untyped), ROOT],
        ),
      () =>
        this.#invoke(
          "ASIDPool_Assign",
          this.#slot(CapType.AsidPool),
          label.riscvASIDPoolAssign,
          [],
          [table],
        ),
    ])();
  }

  #interrupt(): Operation {
    const { config, platform } = this.#model;
    const { label } = config;
    const random = this.#random;
    const irq = 20 + random.below(Math.min(platform.maxIrq, 30) - 20);
    const handler = this.#slot(CapType.IrqHandler);
    return random.of([
      () =>
        this.#invoke(
          "IRQControl_Get",
          InitialCap.IrqControl,
          label.irqIssueIRQHandler,
          [irq, this.#free(), DEPTH],
          [ROOT],
        ),
      () => this.#invoke("IRQHandler_Ack", handler, label.irqAckIRQ),
      () =>
        this.#invoke(
          "IRQHandler_SetNotification",
          handler,
          label.irqSetIRQHandler,
          [],
          [this.#slot(CapType.Notification)],
        ),
      () => this.#invoke("IRQHandler_Clear", handler, label.irqClearIRQHandler),
      () =>
        this.#invoke(
          "DomainSet_Set",
          InitialCap.Domain,
          label.domainSetSet,
          [random.below(2)],
          [this.#slot(CapType.Thread)],
        ),
    ])();
  }

  #channel(): number {
    return this.#random.onceIn(3) ? this.#slot(CapType.Notification) : this.#slot(CapType.Endpoint);
  }

  #message(): { label: number; words: number[]; caps: number[]; receiveSlot?: number } {
    const random = this.#random;
    const length = random.onceIn(4) ? random.below(100) : random.below(6);
    return {
      label: random.below(100),
      words: Array.from({ length }, () => random.word()),
      caps: Array.from({ length: random.onceIn(3) ? 1 + random.below(3) : 0 }, () => this.#any()),
      ...(random.onceIn(2) ? { receiveSlot: this.#free() } : {}),
    };
  }

  #send(name: "send" | "nbSend" | "call"): Operation {
    const syscall = this.#model.config.syscall[name];
    return { name, syscall, cptr: this.#channel(), ...this.#message() };
  }

  #receive(
    name: "recv" | "nbRecv" | "wait" | "nbWait" | "replyRecv" | "nbSendRecv" | "nbSendWait",
  ): Operation {
    const syscall = this.#model.config.syscall[name];
    const isOfNotification = name === "wait" || name === "nbWait" || name === "nbSendWait";
    const cptr =
      isOfNotification && !this.#random.onceIn(4)
        ? this.#slot(CapType.Notification)
        : this.#slot(CapType.Endpoint);
    const reply = name === "nbSendWait" ? this.#channel() : this.#slot(CapType.Reply);
    return { name, syscall, cptr, reply, destination: this.#channel(), ...this.#message() };
  }

  #yield(): Operation {
    return { name: "yield", syscall: this.#model.config.syscall.yield, cptr: 0 };
  }
}
