import { RpcClient } from "@cantrip/camkes-rpc";
import { packageManagementInterface } from "@cantrip/interfaces/package-management";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { securityInterface } from "@cantrip/interfaces/security";
import { type Command, InvalidArguments } from "../../shell.ts";
import { type CommandEnvironment, one, reporting } from "./command-support.ts";
import { NO_ZMODEM } from "./fringe-commands.ts";

/** Packages and running bundles. */
export function bundleCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  const security = new RpcClient(thread, "security", securityInterface);
  const processes = new RpcClient(thread, "proc_ctrl", processControlInterface);
  const packages = new RpcClient(thread, "pkg_mgmt", packageManagementInterface);
  const listPackages: Command = (_args, output) =>
    reporting(output, "get_packages failed", function* () {
      const { bundleIds } = yield* security.call("GetPackages", undefined);
      for (const id of bundleIds) yield* output.write(`${id}\n`);
    });
  return {
    builtins: listPackages,
    packages: listPackages,
    bundles: (_args, output) =>
      reporting(output, "get_running_bundles failed", function* () {
        const { bundleIds } = yield* processes.call("GetRunningBundles", undefined);
        for (const id of bundleIds) yield* output.write(`${id}\n`);
      }),
    *start(args, output) {
      const id = one(args);
      yield* reporting(output, "start failed", function* () {
        yield* processes.call("Start", id);
        yield* output.write(`Bundle "${id}" started.\n`);
      });
    },
    *stop(args, output) {
      const id = one(args);
      yield* reporting(output, "stop failed", function* () {
        yield* processes.call("Stop", id);
        yield* output.write(`Bundle "${id}" stopped.\n`);
      });
    },
    *status(args, output) {
      const id = one(args);
      yield* reporting(output, "status failed", function* () {
        const { bundleState } = yield* processes.call("GetBundleState", id);
        const detail =
          bundleState.type === "Exited" ? `Exited(${bundleState.value})` : bundleState.type;
        yield* output.write(`${id}: ${detail}\n`);
      });
    },
    *install(args, output) {
      const [how] = args;
      if (how === undefined) throw new InvalidArguments();
      yield* output.write(how === "-z" ? NO_ZMODEM : "install only supports zmodem uploads\n");
    },
    *uninstall(args, output) {
      const id = one(args);
      yield* reporting(output, "uninstall failed", function* () {
        yield* packages.call("Uninstall", id);
        yield* output.write(`Bundle "${id}" uninstalled.\n`);
      });
    },
  };
}
