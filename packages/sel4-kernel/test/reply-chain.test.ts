import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { expect, test } from "vitest";
import { EXTERNAL, KernelWorld, type TestThread } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const IRQ = 9;

/** Servers without a budget of their own that wait for calls, and the initial task, which can go away and come back. */
class Chain extends KernelWorld {
  readonly servers: readonly (TestThread & { readonly endpoint: number; readonly reply: number })[];
  readonly client: TestThread;
  readonly #wake = this.notification();
  readonly #handler = this.freeSlot();

  constructor(config: KernelConfig, servers: number) {
    super(config);
    const { label, syscall } = config;
    this.must(InitialCap.IrqControl, label.irqIssueIRQHandler, [IRQ, this.#handler, 32], [ROOT]);
    this.must(this.#handler, label.irqSetIRQHandler, [], [this.#wake]);
    this.thread({ priority: 5, budget: 1000 });
    this.servers = Array.from({ length: servers }, (_, index) => ({
      ...this.thread({ priority: 100 - index, budget: 1000 }),
      endpoint: this.endpoint(),
      reply: this.reply(),
    }));
    this.away();
    for (const { endpoint, reply } of this.servers) this.syscall(syscall.recv, endpoint, { reply });
    this.back();
    for (const { sc } of this.servers) this.must(sc, label.schedContextUnbind);
    this.client = this.thread({ priority: 50, budget: 1000 });
    this.away();
    // Each server calls the next one, with the client's budget.
    for (const { endpoint } of this.servers) this.syscall(syscall.call, endpoint);
    this.back();
  }

  away(): void {
    this.invoke(this.#handler, this.config.label.irqAckIRQ);
    this.syscall(this.config.syscall.wait, this.#wake);
  }
  back(): void {
    this.port.raised.add(IRQ);
    this.trap(EXTERNAL);
    this.expectRunning(this.root);
  }
  server(index: number): Chain["servers"][number] {
    const server = this.servers[index];
    if (server === undefined) throw new Error("no such server");
    return server;
  }
  replyOf(index: number) {
    return this.typed(this.server(index).reply, CapType.Reply).object;
  }
}

test.each([cantrip, upstream])(
  "a reply object deleted in the middle of a chain cuts it in two: $name",
  (config) => {
    const chain = new Chain(config, 3);
    const [first, middle, last] = [0, 1, 2].map((index) => chain.server(index).tcb);
    const lent = chain.schedContext(chain.client.sc);
    expect(last?.schedContext).toBe(lent);
    expect([lent.reply, chain.replyOf(2).prev, chain.replyOf(1).prev]).toEqual([
      chain.replyOf(2),
      chain.replyOf(1),
      chain.replyOf(0),
    ]);
    chain.must(ROOT, config.label.cnodeDelete, [chain.server(1).reply, 32]);
    // Who had called with it stops; nobody's budget moves.
    expect(first?.state).toBe(ThreadState.Inactive);
    expect(middle?.state).toBe(ThreadState.BlockedOnReply);
    expect(last?.schedContext).toBe(lent);
    expect([chain.replyOf(2).prev, chain.replyOf(0).next]).toEqual([null, null]);
    // The answer to the last call gives the budget to the middle one, and it ends there.
    chain.away();
    chain.expectRunning(chain.server(2));
    chain.syscall(config.syscall.send, chain.server(2).reply);
    chain.expectRunning(chain.server(1));
    expect(middle?.schedContext).toBe(lent);
    expect(lent.reply).toBeNull();
    expect(chain.client.tcb.state).toBe(ThreadState.BlockedOnReply);
  },
);

test.each([cantrip, upstream])(
  "a caller that is stopped in the middle of a chain cuts it too: $name",
  (config) => {
    const chain = new Chain(config, 3);
    const lent = chain.schedContext(chain.client.sc);
    chain.must(chain.server(0).slot, config.label.tcbSuspend);
    expect([chain.replyOf(2).prev, chain.replyOf(0).next]).toEqual([null, null]);
    expect([chain.replyOf(1).tcb, chain.server(0).tcb.reply]).toEqual([null, null]);
    expect(chain.server(2).tcb.schedContext).toBe(lent);
  },
);

test.each([cantrip, upstream])(
  "a caller that got another budget meanwhile does not get its own back: $name",
  (config) => {
    const chain = new Chain(config, 1);
    const { client } = chain;
    const lent = chain.schedContext(client.sc);
    const other = chain.server(0).sc;
    chain.must(other, config.label.schedContextBind, [], [client.slot]);
    chain.away();
    chain.expectRunning(chain.server(0));
    chain.syscall(config.syscall.send, chain.server(0).reply);
    expect(client.tcb.schedContext).toBe(chain.schedContext(other));
    expect(client.tcb.state).toBe(ThreadState.Running);
    expect([lent.tcb, lent.reply]).toEqual([chain.server(0).tcb, null]);
  },
);

test.each([cantrip, upstream])(
  "who waits for a call with a reply object that is deleted stops waiting: $name",
  (config) => {
    const chain = new Chain(config, 1);
    const { label, syscall } = config;
    const endpoint = chain.endpoint();
    chain.away();
    const { reply, tcb, slot } = chain.server(0);
    chain.syscall(syscall.replyRecv, endpoint, { reply });
    expect(tcb.state).toBe(ThreadState.BlockedOnReceive);
    chain.back();
    chain.must(ROOT, label.cnodeDelete, [reply, 32]);
    expect(tcb.state).toBe(ThreadState.Inactive);
    expect(tcb.reply).toBeNull();
    expect(chain.typed(endpoint, CapType.Endpoint).object.head).toBeNull();
    expect(chain.cap(slot).type).toBe(CapType.Thread);
  },
);
