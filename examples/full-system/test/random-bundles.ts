import { measureSystem } from "@cantrip/assembly/riscv";
import { RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { expect } from "vitest";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { exits, FAULTS, programOf, SLEEPS } from "./test-programs.ts";
import { sparrowWithUploader, type Uploader } from "./uploader.ts";

const BUNDLES = 50;
/** Operations between two looks at the whole kernel. */
const CHECKED_EVERY = 100;

/** What a bundle's program does. */
type Kind = "sleeps" | "is wide" | "exits" | "faults" | "restarts" | "is damaged";
const KINDS: readonly Kind[] = ["sleeps", "is wide", "exits", "faults", "restarts", "is damaged"];

function imageOf(kind: Kind): Uint8Array {
  switch (kind) {
    case "sleeps":
      return programOf(SLEEPS);
    case "is wide": {
      const part = { vaddr: 0x123_4567, data: new Uint8Array(9000).fill(7), isWritable: true };
      return programOf(SLEEPS, { parts: [part], manifest: { stackBytes: 8192 } });
    }
    case "exits":
      return programOf(exits(3), { manifest: { heapBytes: 8192 } });
    case "faults":
      return programOf(FAULTS);
    case "restarts":
      return programOf(FAULTS, { manifest: { restart: "on-failure", maxRestarts: 1 } });
    case "is damaged": {
      const image = programOf(SLEEPS);
      image[image.length - 1] = 0xa5;
      return image;
    }
  }
}

/** What is known of a bundle. */
interface Model {
  readonly id: string;
  readonly kind: Kind;
  isInstalled: boolean;
  /** The process manager has heard of it. */
  isKnown: boolean;
  /** A start succeeded, and no stop came since. */
  isStarted: boolean;
}

/** Where random numbers come from: the same for the same seed. */
export function* numbers(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

/** Starts, stops, installs and uninstalls bundles at random, and throws where a service does what it should not. */
export function runRandomBundles(seed: number, operations: number, report: FuzzReport): void {
  const random = numbers(seed);
  const below = (limit: number): number => random.next().value % limit;
  const booted: TestSystem[] = [];
  let isDone = false;
  const found = { before: undefined as unknown, after: undefined as unknown };
  const system = sparrowWithUploader(function* (uploader): Task<void> {
    const running = booted[0]?.system;
    if (running === undefined) throw new Error("it is not booted");
    const world = new RandomBundles(uploader, report);
    const holdings = function* (): Task<unknown> {
      const { allocatedBytes, allocatedObjs, freeBytes } = yield* uploader.memory.stats();
      const { kernelObjects, slots } = measureSystem(running);
      const ownSlots = uploader.thread.runtime.slots.usedSlots;
      return { allocatedBytes, allocatedObjs, freeBytes, kernelObjects, slots, ownSlots };
    };
    // Every service is set up once it has answered.
    yield* world.tidyUp();
    found.before = yield* holdings();
    for (let done = 1; done <= operations; done++) {
      yield* world.act(below(100), below(BUNDLES));
      if (done % CHECKED_EVERY === 0) checkInvariants(running.kernel.state);
    }
    yield* world.tidyUp();
    found.after = yield* holdings();
    isDone = true;
  });
  const errors: unknown[] = [];
  const session = bootSystem({
    system,
    onHostedError: ({ error }) => {
      errors.push(error);
    },
  });
  booted.push(session);
  const { system: running } = session;
  const isOver = (): boolean => isDone || errors.length > 0;
  running.run({ untilCycle: 100_000 * running.cyclesPerSecond, until: isOver });
  // A test that fails fails in a thread of the system.
  if (errors.length > 0) throw errors[0];
  checkInvariants(running.kernel.state);
  expect(isDone, session.transcript.slice(-2000)).toBe(true);
  expect(found.after).toEqual(found.before);
}

class RandomBundles {
  readonly #uploader: Uploader;
  readonly #report: FuzzReport;
  readonly #models: readonly Model[];
  readonly #images = new Map(KINDS.map((kind) => [kind, imageOf(kind)]));

  constructor(uploader: Uploader, report: FuzzReport) {
    this.#uploader = uploader;
    this.#report = report;
    this.#models = Array.from({ length: BUNDLES }, (_, index) => ({
      ...{ id: `bundle-${index}`, kind: KINDS[index % KINDS.length] ?? "sleeps" },
      ...{ isInstalled: false, isKnown: false, isStarted: false },
    }));
  }

  *act(what: number, which: number): Task<void> {
    const model = this.#models[which];
    if (model === undefined) throw new RangeError(`bundle ${which}`);
    if (what < 35) yield* this.#start(model);
    else if (what < 70) yield* this.#stop(model);
    else if (what < 88) yield* this.#install(model);
    else yield* this.#uninstall(model);
  }

  /** Stops and uninstalls everything. */
  *tidyUp(): Task<void> {
    for (const model of this.#models) {
      if (model.isKnown) yield* this.#stop(model);
      if (model.isInstalled) yield* this.#uninstall(model);
    }
    // What ended by itself is told a little later.
    for (let turn = 0; turn < 50; turn++) yield* this.#uploader.thread.sel4.yield();
  }

  *#start(model: Model): Task<void> {
    const code = yield* this.#outcome(this.#uploader.processes.call("Start", model.id));
    if (!model.isInstalled) expect(code).toBe("BundleNotFound");
    else if (code === "Success") expect(model.kind).not.toBe("is damaged");
    // Address spaces and memory run out.
    else expect(["StartFailed", "UnknownError"]).toContain(code);
    if (code === "Success") model.isStarted = model.isKnown = true;
    // A bundle that has ended was taken down, and could not be started anew.
    else if (model.isKnown && mayEnd(model)) model.isStarted = false;
  }

  *#stop(model: Model): Task<void> {
    const code = yield* this.#outcome(this.#uploader.processes.call("Stop", model.id));
    expect(code).toBe(model.isKnown ? "Success" : "BundleNotFound");
    if (model.isKnown) {
      const { bundleState } = yield* this.#uploader.processes.call("GetBundleState", model.id);
      expect(bundleState).toEqual({ type: "Stopped" });
    }
    model.isStarted = false;
  }

  *#install(model: Model): Task<void> {
    const { packages, memory } = this.#uploader;
    const image = this.#images.get(model.kind) ?? new Uint8Array(0);
    let bundle;
    try {
      bundle = yield* this.#uploader.upload(image);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#report.refused(error.errorName);
      return;
    }
    const request = { appId: model.id, pkgContents: bundle };
    const code = yield* this.#outcome(packages.call("InstallApp", request, { cap: bundle.cnode }));
    expect(code).toBe(model.isKnown ? "BundleFound" : "Success");
    if (code === "Success") {
      model.isInstalled = model.isKnown = true;
      yield* this.#uploader.forget(bundle);
    } else yield* memory.freeInCNode(bundle);
  }

  *#uninstall(model: Model): Task<void> {
    const code = yield* this.#outcome(this.#uploader.packages.call("Uninstall", model.id));
    const isRunning = model.isStarted && code === "BundleRunning";
    if (isRunning) return;
    if (model.isStarted) expect(mayEnd(model)).toBe(true);
    expect(code).toBe(model.isInstalled ? "Success" : "BundleNotFound");
    model.isInstalled = model.isKnown = model.isStarted = false;
  }

  *#outcome(task: Task<unknown>): Task<string> {
    try {
      yield* task;
      this.#report.succeeded();
      return "Success";
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#report.refused(error.errorName);
      return error.errorName;
    }
  }
}

/** Whether its program ends without being stopped. */
function mayEnd({ kind }: Model): boolean {
  return kind === "exits" || kind === "faults" || kind === "restarts";
}
