import { RpcClient } from "@cantrip/camkes-rpc";
import { mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import { type Command, InvalidArguments } from "../../shell.ts";
import { type CommandEnvironment, reporting, two, word } from "./command-support.ts";

/** The ML coordinator: its state, and jobs of the console itself. None where the system has no coordinator. */
export function mlCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  if (thread.birth.clients["mlcoord"] === undefined) return {};
  const coordinator = new RpcClient(thread, "mlcoord", mlCoordinatorInterface);
  return {
    *mldebug(args, output) {
      if (args.length > 0) throw new InvalidArguments();
      yield* reporting(output, "mldebug failed", () => coordinator.call("DebugState", undefined));
    },
    *test_mlexecute(args, output) {
      const [bundleId, modelId] = two(args);
      yield* reporting(output, `Execute "${bundleId}" "${modelId}" err`, () =>
        coordinator.call("Oneshot", { bundleId, modelId }),
      );
    },
    *test_mlperiodic(args, output) {
      const [bundleId, modelId] = two(args.slice(0, 2));
      const [rate] = args.slice(2);
      if (rate === undefined || args.length !== 3) throw new InvalidArguments();
      const rateMs = word(rate);
      yield* reporting(output, `Periodic "${bundleId}" "${modelId}" err`, () =>
        coordinator.call("Periodic", { bundleId, modelId, rateMs }),
      );
    },
    *test_mlcancel(args, output) {
      const [bundleId, modelId] = two(args);
      yield* reporting(output, `Cancel "${bundleId}" "${modelId}" err`, function* () {
        yield* coordinator.call("Cancel", { bundleId, modelId });
        yield* output.write(`Cancelled "${bundleId}" "${modelId}"\n`);
      });
    },
  };
}
