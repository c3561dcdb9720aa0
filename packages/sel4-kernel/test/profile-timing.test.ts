import { ThreadState } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { TICKS_PER_US, TIMER } from "./kernel-world.ts";
import { type Delta, testDeltas } from "./profile-table.ts";

const deltas: readonly Delta[] = [
  {
    what: "a refill that comes 10 microseconds from now",
    source: "sporadic.h: refill_ready (getKernelWcetTicks)",
    see: (world) => {
      const thread = world.thread({ priority: 100, budget: 500, period: 5000 });
      const helper = world.thread({ priority: 50, budget: 1000 });
      world.rest();
      world.expectRunning(thread);
      const release = world.port.time + 5000 * TICKS_PER_US;
      world.pass(500);
      world.trap(TIMER);
      world.expectRunning(helper);
      // The helper comes into the kernel shortly before the refill does.
      world.port.time = release - 10 * TICKS_PER_US;
      world.trap(TIMER);
      return world.current === thread.tcb;
    },
    cantrip: true,
    upstream: false,
  },
  {
    what: "what a thread consumed that deletes its own scheduling context",
    source: "thread.c: switchSchedContext (ksCurSC->scRefillMax)",
    see: (world) => {
      const { label, syscall } = world.config;
      const next = world.thread({ priority: 50, budget: 1000, period: 5000 });
      const thread = world.thread({ priority: 100, budget: 2000, period: 5000 });
      const rest = world.rest();
      world.expectRunning(thread);
      world.pass(100);
      const { deadline } = world.port;
      world.syscall(syscall.call, InitialCap.InitThreadCNode, {
        label: label.cnodeDelete,
        words: [thread.sc, 32],
      });
      world.expectRunning(next);
      const isTimerKept = world.port.deadline === deadline;
      world.syscall(syscall.send, rest);
      world.expectRunning(world.root);
      // Nothing of it was the next one's.
      const { consumed } = world.schedContext(next.sc);
      return { isTimerKept, consumedUs: consumed / TICKS_PER_US, state: thread.tcb.state };
    },
    cantrip: { isTimerKept: true, consumedUs: 100, state: ThreadState.Running },
    upstream: { isTimerKept: false, consumedUs: 0, state: ThreadState.Running },
  },
];

testDeltas("timing", deltas);
