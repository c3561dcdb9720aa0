import type { ComponentType } from "@cantrip/assembly";
import { type ComponentThread, Dataport, rpcClient, serveShared } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { printInterface, workInterface } from "./interfaces.ts";
import { RESULT_BYTES } from "./worker.ts";

const WORD_BYTES = 4;
/** How many squares each worker is asked for. */
const COUNTS = { left: 1500, right: 3 } as const;

/** Gives work to two workers, and waits with one thread for both. */
export const boss: ComponentType = {
  name: "Boss",
  uses: ["left", "right", "print"],
  interfaces: { left: workInterface, right: workInterface, print: printInterface },
  dataports: ["left_results", "right_results"],
  dataportBytes: { left_results: RESULT_BYTES, right_results: RESULT_BYTES },
  readOnly: ["left_results", "right_results"],
  sharedThreads: { control: ["left", "right"] },
  program: { name: "Boss", create: () => ({}), threads: { control: { run } } },
};

function* run(thread: ComponentThread): Task<void> {
  const print = rpcClient(thread, "print", printInterface);
  const sum = (name: keyof typeof COUNTS) =>
    function* (): Task<void> {
      const results = new Dataport(thread, `${name}_results`);
      let total = 0;
      for (let index = 0; index < COUNTS[name]; index++)
        total += results.load32(index * WORD_BYTES);
      yield* print.call("Line", `${name} sum ${total}`);
    };
  for (const [name, count] of Object.entries(COUNTS))
    yield* rpcClient(thread, name, workInterface).call("Squares", count);
  yield* serveShared(thread, { left: sum("left"), right: sum("right") });
}
