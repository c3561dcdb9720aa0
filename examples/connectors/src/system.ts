import type { SystemDescription } from "@cantrip/assembly";
import { cantrip } from "@cantrip/sel4-config";
import { boss } from "./boss.ts";
import { printer } from "./printer.ts";
import { worker } from "./worker.ts";

/** A boss, two workers and a printer, joined by three kinds of connectors. */
export const system: SystemDescription = {
  name: "connectors",
  kernel: cantrip,
  platform: "sparrow",
  components: {
    boss: { type: boss },
    ann: { type: worker },
    bob: { type: worker },
    printer: { type: printer },
  },
  connections: [
    { name: "left", connector: "cantripRPCCallSignal", from: ["boss.left"], to: "ann.work" },
    { name: "right", connector: "cantripRPCCallSignal", from: ["boss.right"], to: "bob.work" },
    {
      name: "left_results",
      connector: "cantripSharedData",
      from: ["ann.results"],
      to: "boss.left_results",
    },
    {
      name: "right_results",
      connector: "cantripSharedData",
      from: ["bob.results"],
      to: "boss.right_results",
    },
    {
      name: "multi_print",
      connector: "cantripRPCOverMultiSharedData",
      from: ["boss.print", "ann.print", "bob.print"],
      to: "printer.print",
    },
  ],
};
