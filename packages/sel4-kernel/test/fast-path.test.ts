import { cantrip, type KernelConfig } from "@cantrip/sel4-config";
import { CapType, SyscallOutcome } from "@cantrip/sel4-kernel";
import { CapRights, InitialCap, messageInfo } from "@cantrip/sel4-sys";
import fc from "fast-check";
import { expect, test } from "vitest";
import { A0, A1, A2, A6, A7, ECALL, KernelWorld, TICKS_PER_US, TIMER } from "./kernel-world.ts";
import { stateSnapshot } from "./state-snapshot.ts";

const READ_AND_GRANT = CapRights.Read | CapRights.Grant;

/** One step: what the running thread does, and with what. */
interface Step {
  /** Of 100: what kind of step. */
  readonly kind: number;
  /** Of 100: how ordinary the arguments are. */
  readonly mood: number;
  readonly endpoint: number;
  readonly reply: number;
  readonly length: number;
  readonly word: number;
  readonly us: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(99),
  mood: fc.nat(99),
  endpoint: fc.nat(8),
  reply: fc.nat(3),
  length: fc.nat(7),
  word: fc.integer(),
  us: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(900) }),
});

interface Scene {
  readonly world: KernelWorld;
  readonly endpoints: readonly number[];
  readonly replies: readonly number[];
  readonly servers: readonly string[];
}

const TWO_DOMAINS: KernelConfig = {
  ...cantrip,
  settings: { ...cantrip.settings, numDomains: 2 },
};

/** Two passive servers that wait, and clients of several priorities and budgets. */
function scene(hasFastPath: boolean, config: KernelConfig = cantrip): Scene {
  const world = new KernelWorld(config, { hasFastPath });
  world.isChecked = false;
  const { syscall, label } = world.config;
  const first = world.endpoint();
  const second = world.endpoint();
  const replies = [world.reply(), world.reply(), world.reply()];
  const helper = world.thread({ priority: 10, budget: 1000 });
  const servers = [first, second].map((endpoint, index) => {
    const server = world.thread({ priority: 210 - 98 * index, budget: 1000 });
    const wake = world.rest();
    world.expectRunning(server);
    world.syscall(syscall.recv, endpoint, { reply: replies[index] ?? 0 });
    world.expectRunning(helper);
    world.syscall(syscall.send, wake);
    world.must(server.sc, label.schedContextUnbind);
    return server.tcb.name;
  });
  const endpoints = [
    ...[world.mint(first, 7), world.mint(second, 9), first, second],
    world.mint(first, 1, CapRights.Write),
    world.mint(second, 2, CapRights.Read),
    world.notification(),
    world.mint(first, 3, READ_AND_GRANT),
  ];
  world.thread({ priority: 100, budget: 1000 });
  world.thread({ priority: 100, budget: 500, period: 2000 });
  world.thread({ priority: 110, budget: 800, period: 3000, isSporadic: true });
  world.thread({
    ...{ priority: 125, budget: 300, period: 1500 },
    faultHandler: endpoints[1] ?? 0,
  });
  world.rest();
  return { world, endpoints, replies, servers };
}

function play({ world, endpoints, replies, servers }: Scene, random: Step): void {
  const { port, kernel } = world;
  const { syscall } = world.config;
  world.pass(random.us);
  // The timer may be late by a system call or two, as on a machine.
  const isLate = world.port.time >= world.port.deadline;
  if (port.isWaiting || random.kind >= 97 || (isLate && random.mood < 50)) {
    port.time = Math.max(port.time, Math.min(port.deadline, port.time + 4000 * TICKS_PER_US));
    world.trap(TIMER);
    return;
  }
  const { registers } = port;
  const server = servers.indexOf(kernel.state.current.name);
  const isOrdinary = random.mood < 85;
  // A server may need the other one for its answer.
  const isNested = server === 1 && random.kind >= 75;
  const own = server >= 0 ? server : random.endpoint % 2;
  const others = [syscall.send, syscall.nbSend, syscall.nbRecv, syscall.yield, syscall.nbSendRecv];
  registers[A7] =
    random.kind < 90
      ? server >= 0 && !isNested
        ? syscall.replyRecv
        : syscall.call
      : (others[random.word & 7] ?? (server >= 0 ? syscall.recv : syscall.nbSend));
  registers[A0] = isOrdinary
    ? (endpoints[isNested ? 0 : server >= 0 ? own + 2 : own] ?? 0)
    : (endpoints[random.endpoint] ?? 0x7fff0000);
  registers[A6] = isOrdinary ? (replies[own] ?? 0) : (replies[random.reply] ?? 0);
  const length = random.mood % 10 === 0 ? random.length : random.length % 5;
  const extra = random.mood % 20 === 1 ? 1 : 0;
  registers[A1] = messageInfo(random.word & 0xfffff, length, extra, random.mood % 7 === 0 ? 5 : 0);
  for (let index = 0; index < 4; index++) registers[A2 + index] = random.word + index;
  world.trap(ECALL);
}

function outside({ port }: KernelWorld) {
  const { registers, charged, deadline, rootTable, isWaiting, output } = port;
  return { registers: registers.join(), charged, deadline, rootTable, isWaiting, output };
}

test("the fast path leaves what the slow path leaves", () => {
  let calls = 0;
  let fast = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), (steps) => {
      const short = scene(true);
      const long = scene(false);
      const before = short.world.kernel.syscalls;
      const fastBefore = short.world.kernel.fastSyscalls;
      for (const random of steps) {
        play(short, random);
        play(long, random);
        expect(outside(short.world)).toEqual(outside(long.world));
        expect(stateSnapshot(short.world.kernel.state)).toBe(
          stateSnapshot(long.world.kernel.state),
        );
      }
      calls += short.world.kernel.syscalls - before;
      fast += short.world.kernel.fastSyscalls - fastBefore;
      expect(short.world.kernel.syscalls).toBe(long.world.kernel.syscalls);
      expect(long.world.kernel.fastSyscalls).toBe(0);
    }),
    { numRuns: 40 },
  );
  process.stdout.write(`fast path: ${fast} of ${calls} random system calls\n`);
  expect(fast / calls).toBeGreaterThan(0.3);
});

/** Does the same on the fast path and on the slow one: after every step both have left the same. */
class Twins {
  readonly fast: Scene;
  readonly slow: Scene;
  readonly #before: number;

  constructor(config?: KernelConfig) {
    this.fast = scene(true, config);
    this.slow = scene(false, config);
    this.#before = this.fast.world.kernel.fastSyscalls;
  }

  step(act: (scene: Scene) => void): void {
    act(this.fast);
    act(this.slow);
    expect(outside(this.fast.world)).toEqual(outside(this.slow.world));
    expect(stateSnapshot(this.fast.world.kernel.state)).toBe(
      stateSnapshot(this.slow.world.kernel.state),
    );
  }
  /** System calls of the steps that took the fast path. */
  get count(): number {
    return this.fast.world.kernel.fastSyscalls - this.#before;
  }
  /** Priority of who runs. */
  get priority(): number {
    return this.fast.world.current.priority;
  }
  call(endpoint: number): void {
    this.step(({ world, endpoints }) => {
      world.syscall(world.config.syscall.call, endpoints[endpoint] ?? 0, { words: [1, 2] });
    });
  }
  /** Server `index` answers and waits for the next caller. */
  replyRecv(index: number): void {
    this.step(({ world, endpoints, replies }) => {
      const source = endpoints[index + 2] ?? 0;
      world.syscall(world.config.syscall.replyRecv, source, {
        words: [3],
        reply: replies[index] ?? 0,
      });
    });
  }
  pass(us: number): void {
    this.step(({ world }) => {
      world.pass(us);
    });
  }
  /** The budget of the running thread is used up, and the timer says so. */
  useUp(us: number): void {
    this.pass(us);
    this.step(({ world }) => {
      world.trap(TIMER);
    });
  }
}

test("a server that calls another one puts its reply object above that of its caller", () => {
  const twins = new Twins();
  twins.call(1);
  expect(twins.priority).toBe(112);
  const { replies, world } = twins.fast;
  const reply = (index: number) => world.typed(replies[index] ?? 0, CapType.Reply).object;
  twins.call(0);
  expect(twins.priority).toBe(210);
  expect(reply(1).next).toBe(reply(0));
  expect(reply(0).prev).toBe(reply(1));
  twins.replyRecv(0);
  expect(twins.priority).toBe(112);
  expect(reply(1).next).toBe(world.kernel.state.currentSchedContext);
  twins.replyRecv(1);
  expect(twins.priority).toBe(125);
  expect(twins.count).toBe(4);
});

test.each([
  ["a call", 1],
  ["an answer", 0],
] as const)("a thread whose budget is back goes first: %s takes the slow path", (_what, calls) => {
  const twins = new Twins();
  // The one of priority 125 has used up its 300 us, and gets them back 1500 us after it began; 110 has 800 us.
  twins.useUp(300);
  expect(twins.priority).toBe(110);
  twins.useUp(800);
  expect(twins.priority).toBe(100);
  // Before that time passes the path is fast.
  twins.call(1);
  twins.replyRecv(1);
  expect(twins.count).toBe(2);
  if (calls === 0) twins.call(1);
  const before = twins.count;
  // The timer is late.
  twins.pass(400);
  if (calls === 0) twins.replyRecv(1);
  else twins.call(1);
  expect(twins.count).toBe(before);
  expect(twins.priority).toBe(125);
});

test.each([
  ["with enough of it", 250, 1],
  ["with too little to run", 290, 0],
  ["with nothing", 300, 0],
] as const)("a server answers on its caller's budget, %s left", (_what, us, isFast) => {
  const twins = new Twins();
  twins.call(0);
  expect(twins.priority).toBe(210);
  twins.pass(us);
  const before = twins.count;
  twins.replyRecv(0);
  expect(twins.count - before).toBe(isFast);
  expect(twins.priority).toBe(isFast === 1 ? 125 : 110);
});

/** What differs from a call that takes the fast path. */
const CALLS: Readonly<Record<string, (scene: Scene) => void>> = {
  "through a capability that may not send": ({ world, endpoints }) => {
    world.syscall(world.config.syscall.call, endpoints[7] ?? 0);
  },
  "with a capability": ({ world, endpoints, replies }) => {
    const caps = [replies[2] ?? 0];
    world.syscall(world.config.syscall.call, endpoints[0] ?? 0, { words: [1], caps });
  },
  "to a server in another domain": ({ world, endpoints, servers }) => {
    world.must(InitialCap.Domain, world.config.label.domainSetSet, [1], [slotOf(servers[0])]);
    world.syscall(world.config.syscall.call, endpoints[0] ?? 0);
  },
};

/** Slot of a server's TCB, which its name tells. */
function slotOf(name = ""): number {
  return Number(name.split(" ")[1]);
}

test.each(Object.entries(CALLS))("a call %s takes the slow path", (_what, call) => {
  const twins = new Twins(TWO_DOMAINS);
  twins.step(call);
  expect(twins.count).toBe(0);
});

/** What differs from an answer of server 0 that takes the fast path. */
const ANSWERS: Readonly<Record<string, (scene: Scene) => void>> = {
  "that waits where it may not receive": ({ world, endpoints, replies }) => {
    const reply = replies[0] ?? 0;
    world.syscall(world.config.syscall.replyRecv, endpoints[4] ?? 0, { reply });
  },
  "of a server that was signalled": ({ world, endpoints, replies, servers }) => {
    const { syscall, label } = world.config;
    const [, , source = 0, , , , notification = 0] = endpoints;
    world.must(slotOf(servers[0]), label.tcbBindNotification, [], [notification]);
    world.syscall(syscall.send, notification);
    world.syscall(syscall.replyRecv, source, { reply: replies[0] ?? 0 });
  },
};

test.each(Object.entries(ANSWERS))("an answer %s takes the slow path", (_what, answer) => {
  const twins = new Twins();
  twins.call(0);
  expect(twins.count).toBe(1);
  twins.step(answer);
  expect(twins.count).toBe(1);
});

test("an answer to a fault takes the slow path", () => {
  const twins = new Twins();
  twins.step(({ world }) => {
    world.syscall(world.config.syscall.call, 0x7fff0000);
  });
  expect(twins.priority).toBe(112);
  twins.replyRecv(1);
  expect(twins.priority).toBe(125);
  expect(twins.count).toBe(0);
});

test("an observer sees every step: nothing is fast while there is one", () => {
  const { world, endpoints, replies } = scene(true);
  const { syscall } = world.config;
  const seen: number[] = [];
  world.kernel.observe({
    systemCallEnd: (_thread, number, outcome) => {
      if (outcome !== SyscallOutcome.Fault) seen.push(number);
    },
  });
  const before = world.kernel.fastSyscalls;
  world.syscall(syscall.call, endpoints[0] ?? 0);
  world.syscall(syscall.replyRecv, endpoints[2] ?? 0, { reply: replies[0] ?? 0 });
  expect(seen).toEqual([syscall.call, syscall.replyRecv]);
  expect(world.kernel.fastSyscalls).toBe(before);
  world.kernel.observe(null);
  world.syscall(syscall.call, endpoints[0] ?? 0);
  world.syscall(syscall.replyRecv, endpoints[2] ?? 0, { reply: replies[0] ?? 0 });
  expect(world.kernel.fastSyscalls).toBe(before + 2);
});
