import { extendSystem } from "@cantrip/assembly";
import { debugConsoleWith, sparrow } from "@cantrip/assembly/cantrip";
import { rpcClient } from "@cantrip/camkes-rpc";
import { oneArgument, wordArgument } from "@cantrip/debug-console/component";
import { counterComponent, counterInterface } from "./counter.ts";

const consoleWithCount = debugConsoleWith({
  uses: { counter: counterInterface },
  commands: ({ thread }) => ({
    /** `count N` adds to the counter and prints the total. */
    *count(args, output) {
      const n = wordArgument(oneArgument(args));
      const total = yield* rpcClient(thread, "counter", counterInterface).call("Add", n);
      yield* output.write(`total ${total}\n`);
    },
  }),
});

/** CantripOS with one more component, which a command of the console calls. */
export const system = extendSystem(sparrow(), {
  components: {
    counter: {
      type: {
        name: "Counter",
        program: counterComponent,
        provides: ["counter"],
        uses: ["logger"],
      },
    },
  },
  replace: { debug_console: { type: consoleWithCount } },
  connections: [
    {
      name: "shell_counter",
      connector: "cantripRPCCall",
      from: ["debug_console.counter"],
      to: "counter.counter",
    },
  ],
  join: { multi_logger: "counter.logger" },
});
