import { measureSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { outcome, sparrowWithUploader, type Uploader } from "./uploader.ts";

const hello =
  builtinApplications().find(({ name }) => name === "hello.app")?.data ?? new Uint8Array(0);

/** What a client beside the services of sparrow did, and what it left. */
interface Visit {
  readonly outcomes: readonly string[];
  /** Objects, slots and memory in use before the visit and after it. */
  readonly before: unknown;
  readonly after: unknown;
  readonly transcript: string;
}

/** A request and the name of its outcome are one line. */
type Note = (request: string, task: Task<unknown>) => Task<void>;

function visit(body: (uploader: Uploader, note: Note) => Task<void>): Visit {
  const outcomes: string[] = [];
  let before: unknown;
  let after: unknown;
  const session = bootSystem({
    system: sparrowWithUploader(function* (uploader) {
      const holdings = function* (): Task<unknown> {
        const { allocatedBytes, allocatedObjs } = yield* uploader.memory.stats();
        const { kernelObjects, slots } = measureSystem(session.system);
        return { allocatedBytes, allocatedObjs, kernelObjects, slots };
      };
      // Every service is set up once it has answered.
      yield* uploader.processes.call("Start", "hello");
      yield* uploader.processes.call("Stop", "hello");
      before = yield* holdings();
      yield* body(uploader, function* (request, task) {
        outcomes.push(`${request}: ${yield* outcome(task)}`);
      });
      after = yield* holdings();
    }),
    flash: makeFlash(builtinApplications()),
  });
  session.system.run({
    untilCycle: 5 * session.system.cyclesPerSecond,
    until: () => after !== undefined,
  });
  checkInvariants(session.system.kernel.state);
  return { outcomes, before, after, transcript: session.transcript };
}

function installApp(uploader: Uploader, appId: string, bundle: ObjDescBundle): Task<unknown> {
  return uploader.packages.call(
    "InstallApp",
    { appId, pkgContents: bundle },
    { cap: bundle.cnode },
  );
}

describe("packages that are installed at run time", () => {
  it("start, stop and go away, and all that they used comes back", () => {
    const { outcomes, before, after, transcript } = visit(function* (uploader, note) {
      const { packages, processes, security } = uploader;
      const bundle = yield* uploader.upload(hello);
      yield* note("install", installApp(uploader, "uploaded", bundle));
      yield* note("install again", installApp(uploader, "uploaded", bundle));
      yield* uploader.forget(bundle);
      yield* note("start", processes.call("Start", "uploaded"));
      // The program has the client's priority, and its turn.
      for (let turn = 0; turn < 100; turn++) yield* uploader.thread.sel4.yield();
      yield* note("uninstall", packages.call("Uninstall", "uploaded"));
      const key = { bundleId: "uploaded", key: "k" };
      yield* note("write key", security.call("WriteKey", { ...key, value: Uint8Array.of(1) }));
      yield* note("stop", processes.call("Stop", "uploaded"));
      yield* note("uninstall", packages.call("Uninstall", "uploaded"));
      yield* note("start", processes.call("Start", "uploaded"));
      yield* note("uninstall", packages.call("Uninstall", "uploaded"));
      yield* note("read key", security.call("ReadKey", key));
    });
    expect(outcomes).toEqual([
      "install: Success",
      "install again: BundleFound",
      "start: Success",
      "uninstall: BundleRunning",
      "write key: Success",
      "stop: Success",
      "uninstall: Success",
      "start: BundleNotFound",
      "uninstall: BundleNotFound",
      "read key: KeyNotFound",
    ]);
    expect(after).toEqual(before);
    expect(transcript).toContain("I am a C app!\n");
  });

  it("are found by their names with and without ending", () => {
    const { outcomes, before, after } = visit(function* (uploader, note) {
      const { security } = uploader;
      const size = (name: string): Task<unknown> => security.call("SizeBuffer", name);
      const bundle = yield* uploader.upload(hello);
      yield* note("install", installApp(uploader, "a.app", bundle));
      yield* uploader.forget(bundle);
      yield* note("a", size("a"));
      yield* note("a.app", size("a.app"));
      yield* note("a.model", size("a.model"));
      const model = yield* uploader.upload(hello);
      const install = { appId: "a", modelId: "m.kelvin", pkgContents: model };
      yield* note("install", security.call("InstallModel", install, { cap: model.cnode }));
      yield* uploader.forget(model);
      yield* note("m", size("m"));
      yield* note("load m", security.call("LoadModel", { bundleId: "a", modelId: "m" }));
      yield* note("uninstall", security.call("Uninstall", "a"));
      yield* note("uninstall", security.call("Uninstall", "m"));
    });
    expect(outcomes).toEqual([
      "install: Success",
      "a: Success",
      "a.app: Success",
      "a.model: BundleNotFound",
      "install: Success",
      "m: Success",
      "load m: BundleNotFound",
      "uninstall: Success",
      "uninstall: Success",
    ]);
    expect(after).toEqual(before);
  });

  it("whose bundle lies about its frames cannot be loaded, and nothing is left of the attempt", () => {
    const { outcomes, before, after } = visit(function* (uploader, note) {
      const { packages, processes } = uploader;
      const bundle = yield* uploader.upload(hello.subarray(0, 4096));
      const [frames] = bundle.objs;
      if (frames === undefined) throw new Error("no frames");
      const liar = { ...bundle, objs: [{ ...frames, count: 200 }] };
      yield* note("install", installApp(uploader, "liar", liar));
      yield* note("start", processes.call("Start", "liar"));
      yield* note("uninstall", packages.call("Uninstall", "liar"));
      const { memory } = uploader;
      yield* note("free", memory.freeInCNode(bundle));
    });
    expect(outcomes).toEqual([
      "install: Success",
      "start: UnknownError",
      "uninstall: Success",
      "free: Success",
    ]);
    expect(after).toEqual(before);
  });

  it("have keys only while they are there: a key of a name that is no bundle would be kept for ever", () => {
    const { outcomes, before, after } = visit(function* (uploader, note) {
      const { packages, security } = uploader;
      const value = Uint8Array.of(1);
      const write = (bundleId: string): Task<unknown> =>
        security.call("WriteKey", { bundleId, key: "k", value });
      yield* note("write, nobody", write("nobody"));
      yield* note("write, built in", write("hello"));
      yield* security.call("DeleteKey", { bundleId: "hello", key: "k" });
      const bundle = yield* uploader.upload(hello);
      yield* note("install", installApp(uploader, "uploaded", bundle));
      yield* uploader.forget(bundle);
      yield* note("write", write("uploaded"));
      yield* note("uninstall", packages.call("Uninstall", "uploaded"));
      yield* note("write, uninstalled", write("uploaded"));
      yield* note("read", security.call("ReadKey", { bundleId: "uploaded", key: "k" }));
    });
    expect(outcomes).toEqual([
      "write, nobody: BundleNotFound",
      "write, built in: Success",
      "install: Success",
      "write: Success",
      "uninstall: Success",
      "write, uninstalled: BundleNotFound",
      "read: KeyNotFound",
    ]);
    expect(after).toEqual(before);
  });

  it("without a capability, or with bytes that are no bundle, are refused", () => {
    const { outcomes, before, after } = visit(function* (uploader, note) {
      const { packages, processes } = uploader;
      const bundle = yield* uploader.upload(hello.map((byte) => byte ^ 0xff));
      const request = { appId: "noise", pkgContents: bundle };
      yield* note("install", packages.call("InstallApp", request));
      yield* note("install", installApp(uploader, "noise", bundle));
      yield* uploader.forget(bundle);
      yield* note("start", processes.call("Start", "noise"));
      yield* note("uninstall", packages.call("Uninstall", "noise"));
    });
    expect(outcomes).toEqual([
      "install: ObjCapInvalid",
      "install: Success",
      "start: StartFailed",
      "uninstall: Success",
    ]);
    expect(after).toEqual(before);
  });
});
