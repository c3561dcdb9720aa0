import { extendSystem } from "@cantrip/assembly";
import { debugConsoleWith, sparrow } from "@cantrip/assembly/cantrip";
import { crc32, DEFAULT_MANIFEST, withManifest } from "@cantrip/bundle-image";
import { RpcClient } from "@cantrip/camkes-rpc";
import { makeFlash } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import { SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { SecurityPrivilege } from "@cantrip/interfaces/security";
import { type ApplicationMain, type Sdk, SdkError } from "@cantrip/sdk";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { withApplications } from "./hosted-samples.ts";
import { modelFiles } from "./ml-models.ts";
import { boot, inUse } from "./sparrow-session.ts";
import { exits, programOf, SLEEPS } from "./test-programs.ts";
import { outcome, sparrowWithUploader } from "./uploader.ts";

const { SDKNoSuchModel, SDKWriteKeyFailed, SDKReadKeyFailed, SDKOutOfResources } = SdkRuntimeError;

/** What a request is refused with; 0 when it is not. */
function* refusal(request: Task<unknown>): Task<number> {
  try {
    yield* request;
    return 0;
  } catch (error) {
    if (error instanceof SdkError) return error.code;
    throw error;
  }
}

/** Starts applications, one after the other, and stops them. */
function runEach(session: TestSystem, ...names: readonly string[]): void {
  for (const name of names) {
    expect(session.command(`start ${name}`)).toContain("started.");
    session.advance(0.3);
    expect(session.command(`status ${name}`)).toBe(`${name}: Exited(0)\n`);
  }
}

describe("26: models of a manifest", () => {
  /** Starts each model, and notes what it is refused with. */
  const trying = (codes: number[]): ApplicationMain =>
    function* (sdk: Sdk): Task<number> {
      for (const model of ["xor.model", "complaining.model", "nothing.model"]) {
        codes.push(yield* refusal(sdk.modelOneshot(model)));
        codes.push(yield* refusal(sdk.modelPeriodic(model, 1000)));
        yield* sdk.modelCancel(31);
      }
      return 0;
    };

  /** What applications with four manifests are refused. */
  function refusals(): Readonly<Record<string, number[]>> {
    const codes = { any: [], one: [], two: [], none: [] } as Record<string, number[]>;
    const mains = Object.entries(codes).map(([name, list]) => [name, trying(list)] as const);
    const manifests = {
      one: { models: ["xor.model"] },
      two: { models: ["complaining.model", "nothing.model"] },
      none: { models: [] },
    };
    const machine = withApplications(Object.fromEntries(mains), manifests, modelFiles());
    const session = boot(machine);
    const before = inUse(session);
    runEach(session, ...Object.keys(codes));
    expect(inUse(session)).toEqual(before);
    return codes;
  }

  const BUSY = SDKOutOfResources;
  const NONE = SDKNoSuchModel;
  /** There is no such model for anybody. */
  const FAILED = SdkRuntimeError.SDKLoadModelFailed;

  it("are the only ones that its application can start; without a manifest there is any", () => {
    expect(refusals()).toEqual({
      any: [0, BUSY, 0, BUSY, FAILED, FAILED],
      one: [0, BUSY, NONE, NONE, NONE, NONE],
      two: [NONE, NONE, 0, BUSY, FAILED, FAILED],
      none: [NONE, NONE, NONE, NONE, NONE, NONE],
    });
  });

  it("are not there without the request that names them: its application does not start", () => {
    const system = extendSystem(sparrow(), {
      replace: {
        process_manager: { privileges: { security: [SecurityPrivilege.KeyLimits] } },
      },
    });
    const machine = withApplications({ one: trying([]) }, { one: { models: ["xor.model"] } });
    const session = boot({ ...machine, system });
    const before = inUse(session);
    expect(session.command("start one")).toMatch(/AllowModel[^]*start failed: StartFailed/);
    expect(inUse(session)).toEqual(before);
  });

  it("are for the process manager to say, and for nobody else", () => {
    const codes: number[] = [];
    const type = debugConsoleWith({
      commands: ({ thread }) => ({
        *allow() {
          const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
          yield* sdk.call("AllowModel", { appId: "one", modelId: "complaining.model" });
        },
      }),
    });
    const main: ApplicationMain = function* (sdk) {
      yield* sdk.timerOneshot(0, 100);
      yield* sdk.timerWait();
      codes.push(yield* refusal(sdk.modelOneshot("complaining.model")));
      return 0;
    };
    const machine = withApplications({ one: main }, { one: { models: [] } }, modelFiles());
    const system = extendSystem(sparrow(), { replace: { debug_console: { type } } });
    const session = boot({ ...machine, system });
    session.command("start one");
    expect(session.command("allow")).toBe("allow failed: UnknownError\n");
    session.advance(0.3);
    expect(codes).toEqual([SDKNoSuchModel]);
  });
});

describe("26: keys of a manifest", () => {
  /** Writes up to ten keys, and one of them again; deletes one and writes another. */
  const writing = (codes: number[]): ApplicationMain =>
    function* (sdk: Sdk): Task<number> {
      const write = (key: string): Task<number> => refusal(sdk.writeKey(key, Uint8Array.of(1)));
      for (let key = 0; key < 5; key++) codes.push(yield* write(`key ${key}`));
      codes.push(yield* write("key 0"), yield* refusal(sdk.readKey("key 4")));
      yield* sdk.deleteKey("key 0");
      codes.push(yield* write("other"));
      return 0;
    };
  const FULL = SDKWriteKeyFailed;
  const GONE = SDKReadKeyFailed;

  it("are as many as it says, and take as many bytes; without a manifest there is room", () => {
    const codes = { any: [], three: [], bytes: [], none: [] } as Record<string, number[]>;
    const mains = Object.entries(codes).map(([name, list]) => [name, writing(list)] as const);
    const session = boot(
      withApplications(Object.fromEntries(mains), {
        three: { keys: 3 },
        // A name of five bytes and a value of a hundred, twice.
        bytes: { keyBytes: 210 },
        none: { keys: 0 },
      }),
    );
    runEach(session, ...Object.keys(codes));
    expect(codes).toEqual({
      any: [0, 0, 0, 0, 0, 0, 0, 0],
      three: [0, 0, 0, FULL, FULL, 0, GONE, 0],
      bytes: [0, 0, FULL, FULL, FULL, 0, GONE, 0],
      none: [FULL, FULL, FULL, FULL, FULL, FULL, GONE, FULL],
    });
    // What is stored counts for the console as well, and when the application is started again.
    expect(session.command("kvwrite three more 1")).toContain("failed: WriteFailed");
    expect(session.command("kvread three other")).toContain("= [1, 0,");
    codes["three"]?.splice(0);
    runEach(session, "three");
    expect(codes["three"]).toEqual([FULL, 0, 0, FULL, FULL, FULL, GONE, 0]);
  });

  it("are those of whoever may have them: other clients of the coordinator are refused", () => {
    const codes: string[] = [];
    const key = { bundleId: "hello", key: "k" };
    const visit = (privileges: Parameters<typeof sparrowWithUploader>[1]): string[] => {
      codes.splice(0);
      let isDone = false;
      const system = sparrowWithUploader(function* ({ security }): Task<void> {
        const value = Uint8Array.of(1);
        for (const task of [
          security.call("WriteKey", { ...key, value }),
          security.call("ReadKey", key),
          security.call("DeleteKey", key),
          security.call("LimitKeys", { bundleId: "hello", keys: 9, bytes: undefined }),
        ])
          codes.push(yield* outcome(task));
        isDone = true;
      }, privileges);
      const flash = makeFlash([{ name: "hello.app", data: programOf(SLEEPS) }]);
      const session = bootSystem({ system, flash });
      const untilCycle = 5 * session.system.cyclesPerSecond;
      session.system.run({ untilCycle, until: () => isDone });
      return [...codes];
    };
    const { Keys, KeyLimits } = SecurityPrivilege;
    expect(visit({})).toEqual(["WriteFailed", "ReadFailed", "DeleteFailed", "UnknownError"]);
    expect(visit({ security: [Keys] })).toEqual(["Success", "Success", "Success", "UnknownError"]);
    expect(visit({ security: [KeyLimits] }).at(-1)).toBe("Success");
  });
});

describe("the restart policy of a manifest", () => {
  it("always starts again what ended, whatever its code, as often as it says", () => {
    const manifest = { restart: "always", maxRestarts: 4 } as const;
    const files = [
      { name: "again.app", data: programOf(exits(0), { manifest }) },
      { name: "never.app", data: programOf(exits(1), { manifest: { maxRestarts: 4 } }) },
    ];
    const session = boot({ flash: makeFlash(files) });
    const started = (name: string): number => {
      const from = Number(/(\d+) objs requested/.exec(session.command("mstats"))?.[1]);
      session.command(`start ${name}`);
      session.advance(0.5);
      const to = Number(/(\d+) objs requested/.exec(session.command("mstats"))?.[1]);
      return to - from;
    };
    const once = started("never");
    expect(once).toBeGreaterThan(0);
    expect(started("again")).toBe(5 * once);
    expect(session.command("status again")).toBe("again: Exited(0)\n");
    expect(session.command("status never")).toBe("never: Exited(1)\n");
  });
});

/** An image with this text behind it, whatever it says, and with its right CRC. */
function withText(image: Uint8Array, text: string): Uint8Array {
  const packed = withManifest(image, DEFAULT_MANIFEST);
  const at = Buffer.from(packed).indexOf("CANMANIF");
  const head = packed.slice(0, at + 16);
  const encoded = Buffer.from(text, "latin1");
  const view = new DataView(head.buffer);
  view.setUint32(at + 8, encoded.length);
  view.setUint32(at + 12, crc32(encoded));
  return Uint8Array.from([...head, ...encoded]);
}

describe("a bad manifest", () => {
  it.each<readonly [text: string, message: string]>([
    ["Priority=1\n", 'manifest, line 1: "Priority=1" is no field'],
    ["[Manifest]\nColour=red\n", "manifest, line 2: unknown field Colour"],
    ["[Manifest]\nStackBytes=100\n", "wanted 4096 to 1048576, a multiple of 4096"],
    ["[Manifest]\nHeapBytes=-4096\n", "HeapBytes=-4096: wanted 0 to 67108864"],
    ["[Manifest]\nPriority=255\n", "Priority=255: wanted 0 to 254"],
    ["[Manifest]\nBudgetUs=1\n", "BudgetUs=1: wanted 100 to 1000000000"],
    ["[Manifest]\nPeriodUs=5000\n", "budget 10000 above period 5000"],
    ["[Manifest]\nModels=,\n", 'Models: "": wanted names of 1 to 60'],
    ["[Manifest]\nKeys=many\n", "Keys=many: wanted 0 to 1024"],
    ["[Manifest]\nKeyBytes=9999999\n", "KeyBytes=9999999: wanted 0 to 1048576"],
    ["[Manifest]\nRestart=sometimes\n", "Restart=sometimes: wanted never, on-failure, always"],
    ["[Manifest]\nMaxRestarts=1001\n", "MaxRestarts=1001: wanted 0 to 1000"],
    ["[Manifest]\nKeys=1\nKeys=1\n", "manifest, line 3: a second Keys"],
  ])("%j is refused with its reason when the bundle starts", (text, why) => {
    const data = withText(programOf(SLEEPS), text);
    const session = boot({ flash: makeFlash([{ name: "bad.app", data }]) });
    const before = inUse(session);
    const said = session.command("start bad");
    expect(said).toContain(why);
    expect(said).toMatch(/start failed: StartFailed\n$/);
    expect(session.command("bundles")).toBe("");
    expect(inUse(session)).toEqual(before);
  });

  it("of an installed bundle is refused with its reason when it starts", () => {
    const data = withText(programOf(SLEEPS), "[Manifest]\nPriority=255\n");
    const codes: string[] = [];
    const system = sparrowWithUploader(function* (uploader): Task<void> {
      const bundle = yield* uploader.upload(data);
      const install = { appId: "sent", pkgContents: bundle };
      yield* uploader.packages.call("InstallApp", install, { cap: bundle.cnode });
      codes.push(yield* outcome(uploader.processes.call("Start", "sent")));
      codes.push(yield* outcome(uploader.packages.call("Uninstall", "sent")));
    });
    const session = bootSystem({ system, flash: makeFlash([]) });
    const untilCycle = 5 * session.system.cyclesPerSecond;
    session.system.run({ untilCycle, until: () => codes.length === 2 });
    expect(codes).toEqual(["StartFailed", "Success"]);
    session.advance(0.05);
    expect(session.transcript).toContain("start failed: manifest, line 2: Priority=255: wanted");
  });
});
