import { MemoryClient, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { securityInterface } from "@cantrip/interfaces/security";
import type { CSpaceSlot } from "@cantrip/slot-allocator";
import { type Command, InvalidArguments, type ShellOutput } from "../../shell.ts";
import { type CommandEnvironment, one, reporting, two } from "./command-support.ts";
import { debugBundle } from "./debug-bundle.ts";

/** Keys, and the requests of the security coordinator that otherwise only services make. */
export function securityCommands({
  thread,
}: CommandEnvironment): Readonly<Record<string, Command>> {
  const security = new RpcClient(thread, "security", securityInterface);
  const memory = new MemoryClient(thread);
  /** Loads a package, prints where it is, and frees it. */
  const load = function* (
    output: ShellOutput,
    request: (slot: CSpaceSlot) => Task<ObjDescBundle>,
  ): Task<void> {
    const container = memory.newSlot();
    let frames: ObjDescBundle;
    try {
      frames = yield* request(container);
    } catch (error) {
      yield* container.drop();
      throw error;
    }
    const bundle = { ...frames, cnode: container.release() };
    try {
      yield* output.write(`${debugBundle(bundle, thread.runtime.config)}\n`);
    } finally {
      yield* memory.freeInCNode(bundle);
    }
  };
  return {
    *kvread(args, output) {
      const [bundleId, key] = two(args);
      yield* reporting(output, `Read key "${key}" failed`, function* () {
        const { value } = yield* security.call("ReadKey", { bundleId, key });
        yield* output.write(`Read key "${key}" = [${[...value].join(", ")}].\n`);
      });
    },
    *kvwrite(args, output) {
      const [bundleId, key, ...words] = args;
      if (bundleId === undefined || key === undefined || words.length === 0)
        throw new InvalidArguments();
      const text = words.join(" ");
      yield* reporting(output, `Write key "${key}" failed`, function* () {
        const value = Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
        yield* security.call("WriteKey", { bundleId, key, value });
        yield* output.write(`Write key "${key}" = "${text}".\n`);
      });
    },
    *kvdelete(args, output) {
      const [bundleId, key] = two(args);
      yield* reporting(output, `Delete key "${key}" failed`, function* () {
        yield* security.call("DeleteKey", { bundleId, key });
        yield* output.write(`Delete key "${key}".\n`);
      });
    },
    *scecho(args, output) {
      try {
        const { value } = yield* security.call("Echo", args.join(" "));
        yield* output.write(`${value}\n`);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        yield* output.write(`ECHO replied ${error.errorName}\n`);
      }
    },
    *size_buffer(args, output) {
      const bundleId = one(args);
      yield* reporting(output, "SizeBuffer failed", function* () {
        const { bufferSize } = yield* security.call("SizeBuffer", bundleId);
        yield* output.write(`${bufferSize}\n`);
      });
    },
    *get_manifest(args, output) {
      const bundleId = one(args);
      yield* reporting(output, "GetManifest failed", function* () {
        const { manifest } = yield* security.call("GetManifest", bundleId);
        yield* output.write(`${manifest}\n`);
      });
    },
    *load_application(args, output) {
      const bundleId = one(args);
      yield* reporting(output, "LoadApplication failed", () =>
        load(output, function* ({ slot }) {
          const options = { receiveSlot: slot };
          return (yield* security.call("LoadApplication", bundleId, options)).bundleFrames;
        }),
      );
    },
    *load_model(args, output) {
      const [bundleId, modelId] = two(args);
      yield* reporting(output, "LoadModel failed", () =>
        load(output, function* ({ slot }) {
          const options = { receiveSlot: slot };
          return (yield* security.call("LoadModel", { bundleId, modelId }, options)).modelFrames;
        }),
      );
    },
    *test_mailbox(_args, output) {
      try {
        yield* security.call("TestMailbox", undefined);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        yield* output.write("Test mailbox failed.\n");
        return;
      }
      yield* output.write("Test mailbox OK.\n");
    },
  };
}
