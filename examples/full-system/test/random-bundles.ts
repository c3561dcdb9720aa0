import type { SystemDescription } from "@cantrip/assembly";
import { measureSystem } from "@cantrip/assembly/riscv";
import { RpcError } from "@cantrip/camkes-rpc";
import { packApplication } from "@cantrip/cli";
import type { Task } from "@cantrip/hosted";
import { hostedApplications } from "@cantrip/sdk";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { expect } from "vitest";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { type Act, ActingApplication, type World } from "./acting-applications.ts";
import { exits, FAULTS, programOf, SLEEPS } from "./test-programs.ts";
import { outcome, sparrowWithUploader, type Uploader } from "./uploader.ts";
import { NOTHING, type ServiceSizes, watchServices } from "./watched-services.ts";

const BUNDLES = 50;
/** Operations between two looks at the whole kernel. */
const CHECKED_EVERY = 100;
/** Most requests that an application is told to make at once. */
const MOST_ACTS = 6;
/** Turns of the processor that applications get after each operation. */
const TURNS = 4;
/** The same at the end, for what ended by itself and for alarms that nobody waits for any more. */
const LAST_TURNS = 3000;
/**
 * Bytes around the one reply object of the SDK runtime that is left: a memory manager whose slots are all in use cannot
 * split a block for it.
 */
const MOST_WASTED = 65_536;
/** The least share of each kind of operation. */
const LEAST_SHARE = 0.04;

/** What a bundle's program does. */
type Kind = "acts" | "sleeps" | "is wide" | "exits" | "faults" | "restarts" | "is damaged";
/** In this order, again and again. */
const KINDS: readonly Kind[] = [
  ...(["acts", "sleeps", "acts", "is wide", "acts"] as const),
  ...(["exits", "acts", "faults", "restarts", "is damaged"] as const),
];

function imageOf(kind: Exclude<Kind, "acts">): Uint8Array {
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
  /** Of one that acts: the application, whose program is in the image. */
  readonly application: ActingApplication | undefined;
  readonly image: Uint8Array;
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

/** What is in use. */
interface Holdings {
  readonly freeBytes: number;
  readonly others: { readonly sizes: ServiceSizes; readonly [what: string]: unknown };
}

/** How many operations of each kind were done, whatever became of them. */
type Counts = Record<"start" | "stop" | "install" | "uninstall" | Act, number>;

/**
 * Starts, stops, installs and uninstalls bundles at random, while those that run have keys and timers, and throws where a
 * service does what it should not.
 *
 * @param change - for a system with other services
 */
export function runRandomBundles(
  seed: number,
  operations: number,
  report: FuzzReport,
  change: (system: SystemDescription) => SystemDescription = (system) => system,
): void {
  const random = numbers(seed);
  const below = (limit: number): number => random.next().value % limit;
  const booted: TestSystem[] = [];
  const errors: unknown[] = [];
  const done: Counts = { start: 0, stop: 0, install: 0, uninstall: 0, key: 0, timer: 0 };
  const world: World = { below, report, done, errors };
  const { models, entries } = bundlesFor(world);
  let isDone = false;
  const found: { before?: Holdings; after?: Holdings } = {};
  const described = change(
    sparrowWithUploader(function* (uploader): Task<void> {
      const running = booted[0]?.system;
      if (running === undefined) throw new Error("it is not booted");
      const bundles = new RandomBundles(uploader, models, world, done);
      const holdings = function* (): Task<Holdings> {
        const { allocatedBytes, allocatedObjs, freeBytes } = yield* uploader.memory.stats();
        const { kernelObjects, slots } = measureSystem(running);
        const sizes = watched.sizes();
        return {
          freeBytes,
          others: {
            ...{ allocatedBytes, allocatedObjs, kernelObjects },
            // The memory manager has slots for the blocks that it has split.
            slots: { ...slots, memory_manager: 0 },
            sizes: { ...sizes, slots: { ...sizes.slots, memory_manager: 0 } },
          },
        };
      };
      // Every service is set up once it has answered.
      yield* bundles.warmUp();
      yield* bundles.tidyUp();
      found.before = yield* holdings();
      let checked = report.total;
      const end = report.total + operations;
      while (report.total < end) {
        yield* bundles.act();
        if (report.total < checked + CHECKED_EVERY) continue;
        checked = report.total;
        checkInvariants(running.kernel.state);
      }
      yield* bundles.tidyUp();
      found.after = yield* holdings();
      isDone = true;
    }),
  );
  const watched = watchServices(described);
  const session = bootSystem({
    system: watched.system,
    applications: entries,
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
  expect(found.after?.others.sizes).toMatchObject(NOTHING);
  expect(found.after?.others).toEqual(found.before?.others);
  const lostBytes = (found.before?.freeBytes ?? 0) - (found.after?.freeBytes ?? 0);
  expect(lostBytes).toBeLessThanOrEqual(MOST_WASTED);
  console.log(
    Object.entries(done)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", "),
  );
  for (const [kind, count] of Object.entries(done))
    expect(count, kind).toBeGreaterThan(operations * LEAST_SHARE);
}

/** Fifty bundles, with the code of those that act. */
function bundlesFor(world: World): {
  readonly models: readonly Model[];
  readonly entries: ReturnType<typeof hostedApplications>["entries"];
} {
  const names = Array.from({ length: BUNDLES }, (_, index) => `bundle-${index}`);
  const kindOf = (index: number): Kind => KINDS[index % KINDS.length] ?? "sleeps";
  const applications = new Map(
    names
      .filter((_, index) => kindOf(index) === "acts")
      .map((name) => [name, new ActingApplication(name, world)]),
  );
  const mains = [...applications].map(([name, { main }]) => [name, main] as const);
  const { entries, programs } = hostedApplications(Object.fromEntries(mains));
  const models = names.map((id, index): Model => {
    const kind = kindOf(index);
    const image =
      kind === "acts" ? packApplication(id, programs[id] ?? new Uint8Array(0)).data : imageOf(kind);
    const state = { isInstalled: false, isKnown: false, isStarted: false };
    return { id, kind, image, application: applications.get(id), ...state };
  });
  return { models, entries };
}

class RandomBundles {
  readonly #uploader: Uploader;
  readonly #models: readonly Model[];
  readonly #world: World;
  readonly #done: Counts;

  constructor(uploader: Uploader, models: readonly Model[], world: World, done: Counts) {
    this.#uploader = uploader;
    this.#models = models;
    this.#world = world;
    this.#done = done;
  }

  /** One operation of this component's, or one that an application is told to do; others run for a while. */
  *act(): Task<void> {
    const what = this.#world.below(100);
    if (what < 18)
      yield* this.#start(this.#one(({ isInstalled, isStarted }) => isInstalled && !isStarted));
    else if (what < 33) yield* this.#stop(this.#one(({ isStarted }) => isStarted));
    else if (what < 46) yield* this.#install(this.#one(({ isKnown }) => !isKnown));
    else if (what < 56)
      yield* this.#uninstall(this.#one(({ isInstalled, isStarted }) => isInstalled && !isStarted));
    else this.#tell(what % 2 === 0 ? "key" : "timer");
    yield* this.#wait(TURNS);
  }

  /** Has every service do once what it does later. */
  *warmUp(): Task<void> {
    for (const model of this.#models.slice(0, KINDS.length)) {
      yield* this.#install(model);
      yield* this.#start(model);
      this.#tell("key");
      this.#tell("timer");
    }
    yield* this.#wait(LAST_TURNS);
  }

  /** A bundle; most of the time one that is in a state where there is something to do. */
  #one(isFit: (model: Model) => boolean): Model {
    const { below } = this.#world;
    const fit = this.#models.filter(isFit);
    const among = fit.length > 0 && below(4) > 0 ? fit : this.#models;
    const model = among[below(among.length)];
    if (model === undefined) throw new RangeError("there are no bundles");
    return model;
  }

  /** Tells applications that run to do something. */
  #tell(act: Act): void {
    const running = this.#models.filter(({ isStarted, kind }) => isStarted && kind === "acts");
    const { below } = this.#world;
    const application = running[below(Math.max(1, running.length))]?.application;
    for (let count = 1 + below(MOST_ACTS); count > 0; count--) application?.ask(act);
  }

  *#wait(turns: number): Task<void> {
    for (let turn = 0; turn < turns; turn++) yield* this.#uploader.thread.sel4.yield();
  }

  /** Stops and uninstalls everything. */
  *tidyUp(): Task<void> {
    for (const model of this.#models) {
      if (model.isKnown) yield* this.#stop(model);
      if (model.isInstalled) yield* this.#uninstall(model);
    }
    yield* this.#wait(LAST_TURNS);
  }

  *#start(model: Model): Task<void> {
    const code = yield* this.#outcome("start", this.#uploader.processes.call("Start", model.id));
    if (!model.isInstalled) expect(code).toBe("BundleNotFound");
    else if (code === "Success") expect(model.kind).not.toBe("is damaged");
    // Address spaces and memory run out.
    else expect(["StartFailed", "UnknownError"]).toContain(code);
    if (code === "Success") model.isStarted = model.isKnown = true;
    // A bundle that has ended was taken down, and could not be started anew.
    else if (model.isKnown && mayEnd(model)) model.isStarted = false;
  }

  *#stop(model: Model): Task<void> {
    const code = yield* this.#outcome("stop", this.#uploader.processes.call("Stop", model.id));
    expect(code).toBe(model.isKnown ? "Success" : "BundleNotFound");
    if (model.isKnown) {
      const { bundleState } = yield* this.#uploader.processes.call("GetBundleState", model.id);
      expect(bundleState).toEqual({ type: "Stopped" });
    }
    model.isStarted = false;
  }

  *#install(model: Model): Task<void> {
    const { packages, memory } = this.#uploader;
    let bundle;
    try {
      bundle = yield* this.#uploader.upload(model.image);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#world.report.refused(error.errorName);
      return;
    }
    const request = { appId: model.id, pkgContents: bundle };
    const install = packages.call("InstallApp", request, { cap: bundle.cnode });
    const code = yield* this.#outcome("install", install);
    expect(code).toBe(model.isKnown ? "BundleFound" : "Success");
    if (code === "Success") {
      model.isInstalled = model.isKnown = true;
      yield* this.#uploader.forget(bundle);
    } else yield* memory.freeInCNode(bundle);
  }

  *#uninstall(model: Model): Task<void> {
    const { packages } = this.#uploader;
    const code = yield* this.#outcome("uninstall", packages.call("Uninstall", model.id));
    const isRunning = model.isStarted && code === "BundleRunning";
    if (isRunning) return;
    if (model.isStarted) expect(mayEnd(model)).toBe(true);
    expect(code).toBe(model.isInstalled ? "Success" : "BundleNotFound");
    model.isInstalled = model.isKnown = model.isStarted = false;
    yield* this.#checkKeysGone(model);
  }

  /** Of a bundle that was uninstalled, there are no keys. */
  *#checkKeysGone({ id: bundleId, application }: Model): Task<void> {
    for (const key of application?.keys ?? []) {
      const read = this.#uploader.security.call("ReadKey", { bundleId, key });
      expect(yield* outcome(read), `${key} of ${bundleId}`).toBe("KeyNotFound");
    }
    application?.forget();
  }

  *#outcome(kind: keyof Counts, task: Task<unknown>): Task<string> {
    this.#done[kind]++;
    try {
      yield* task;
      this.#world.report.succeeded();
      return "Success";
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#world.report.refused(error.errorName);
      return error.errorName;
    }
  }
}

/** Whether its program ends without being stopped. */
function mayEnd({ kind }: Model): boolean {
  return kind === "exits" || kind === "faults" || kind === "restarts";
}
