import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { HostedComponent, Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import {
  bootWorld,
  ChildAddress,
  childSel4,
  childStub,
  type RootTask,
  runWorld,
} from "./root-task-world.ts";

const LIVES = 1000;
const WARM_UP = 200;
const ENDPOINT = 1;
const REPLY = 2;
const CHILD_UNTYPED_BITS = 16;
const MIB = 1024 * 1024;

/** Answers with the number of its life, and with the number of its calls in this life. */
function mortal(): HostedComponent {
  let lives = 0;
  return {
    name: "mortal",
    create() {
      const life = ++lives;
      // Something that weighs, so that a life which stays behind shows.
      const memory = new Array<number>(10_000).fill(life);
      return {
        *run(_thread, context): Task<void> {
          const sel4 = childSel4(context);
          let calls = 0;
          yield* sel4.recv(ENDPOINT, REPLY);
          for (;;) {
            calls++;
            sel4.setMessageRegister(0, memory[calls] ?? 0);
            sel4.setMessageRegister(1, calls);
            sel4.setMessageRegister(2, context.load32(ChildAddress.data + 0x80));
            context.store32(ChildAddress.data + 0x80, life);
            yield* sel4.replyRecv(ENDPOINT, messageInfo(0, 3), REPLY);
          }
        },
      };
    },
  };
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

describe("a component that is killed and made again in the same frames", () => {
  it("answers with its own life each time, and leaves nothing behind on the host", () => {
    const answers: (readonly number[])[] = [];
    const instances: number[] = [];
    let heapAfterWarmUp = 0;
    let isDone = false;
    const world = bootWorld(
      function* (root: RootTask) {
        const { sel4 } = root;
        yield* root.openWindow();
        const endpoint = yield* root.make(cantrip.objectType.endpoint);
        const untyped = yield* root.make(cantrip.objectType.untyped, {
          sizeBits: CHILD_UNTYPED_BITS,
        });
        const slots = root.newChildSlots();
        const reply = root.newSlot();
        for (let life = 1; life <= LIVES; life++) {
          yield* root.make(cantrip.objectType.reply, { untyped, slot: reply });
          const caps = [{ slot: endpoint }, { slot: reply }];
          const child = yield* root.makeChild(
            { name: "mortal", text: childStub(1), priority: 200, caps, untyped },
            slots,
          );
          yield* sel4.tcb.resume(child.tcb);
          for (let call = 0; call < 2; call++) {
            yield* sel4.call(endpoint, messageInfo(0, 0));
            answers.push([0, 1, 2].map((index) => sel4.messageRegister(index)));
          }
          yield* sel4.cnode.revoke(root.slot(untyped));
          instances.push(world.machine.hostedInstanceCount);
          if (life === WARM_UP) heapAfterWarmUp = heapUsed();
        }
        isDone = true;
      },
      [mortal()],
    );
    runWorld(world, () => isDone);
    expect(isDone).toBe(true);
    expect(answers).toEqual(
      Array.from({ length: LIVES }, (_, index) => [
        [index + 1, 1, 0],
        [index + 1, 2, index + 1],
      ]).flat(),
    );
    // The initial task and the last life, which the machine forgets when the next one is born.
    expect(Math.max(...instances)).toBe(2);
    // A life that stayed would hold 80 KB: 800 of them 64 MB.
    expect(heapUsed() - heapAfterWarmUp).toBeLessThan(2 * MIB);
  });
});
