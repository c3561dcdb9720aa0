import { MemoryClient, RpcClient } from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import { mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { InvalidArguments, type ShellOutput } from "../../shell.ts";
import { type CommandEnvironment, reporting } from "./command-support.ts";

const CAPSCAN_TARGETS: readonly (readonly [string, string])[] = [
  ["console", "DebugConsole"],
  ["memory", "MemoryManager"],
  ["process", "ProcessManager"],
  ["mlcoord", "MlCoordinator"],
  ["sdk", "SdkRuntime"],
  ["security", "SecurityCoordinator"],
  ["timer", "TimerService"],
];

/** `capscan`: has a component dump its own CSpace. */
export function* capScan(
  { thread }: CommandEnvironment,
  args: readonly string[],
  output: ShellOutput,
): Task<void> {
  const [target] = args;
  if (args.length > 1) throw new InvalidArguments();
  if (target === undefined) {
    yield* output.write("capscan <target>, where <target> is one of:\n");
    yield* forEachTask(CAPSCAN_TARGETS, ([name, type]) => output.write(`  ${name} (${type})\n`));
    yield* output.write("anything else is treated as a bundle_id\n");
    return;
  }
  yield* reporting(output, target, function* () {
    switch (target) {
      case "console":
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        break;
      case "memory":
        yield* new MemoryClient(thread).capScan();
        break;
      case "process":
        yield* new RpcClient(thread, "proc_ctrl", processControlInterface).call(
          "CapScan",
          undefined,
        );
        break;
      case "mlcoord":
        yield* new RpcClient(thread, "mlcoord", mlCoordinatorInterface).call("Capscan", undefined);
        break;
      case "sdk":
        yield* new RpcClient(thread, "sdk_manager", sdkManagerInterface).call("Capscan", undefined);
        break;
      case "security":
        yield* new RpcClient(thread, "security", securityInterface).call("CapScan", undefined);
        break;
      case "timer":
        yield* new RpcClient(thread, "timer", timerInterface).call("Capscan", undefined);
        break;
      default:
        yield* new RpcClient(thread, "proc_ctrl", processControlInterface).call(
          "CapScanBundle",
          target,
        );
        break;
    }
  });
}
