import { sparrow } from "@cantrip/assembly/cantrip";
import { measureSystem } from "@cantrip/assembly/riscv";
import type { Task } from "@cantrip/hosted";
import {
  exitRequest,
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelPeriodicRequest,
  SdkRequest,
  SdkRuntimeError,
  timerCancelRequest,
  timerStartRequest,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { codec, encodeUtf8 } from "@cantrip/postcard";
import type { Sdk } from "@cantrip/sdk";
import { MAX_KEYS } from "@cantrip/security-coordinator";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import { expect } from "vitest";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { withApplications } from "./hosted-samples.ts";
import type { RogueOptions } from "./rogue-run.ts";
import { boot, inUse } from "./sparrow-session.ts";
import { watchServices } from "./watched-services.ts";

const format = { format: "0.7" } as const;
const REQUEST_BYTES = 2048;
/** Damage leaves the upper bytes of durations alone: nobody waits for days. */
const DAMAGED_BYTES = 5;
/** Applications; the name of one is in all values that it writes, but for a damaged byte. */
const NAMES = ["alpha", "beta", "gamma"];
const KEYS = ["a", "foo", "key"];
/** The one whose manifest allows it fewer keys than there are, and not the model that there is. */
const LIMITED = "gamma";

/** An application that makes up faults. */
const FORGER = "forger";
const FORGERS_REQUESTS = 20;
const FORGED = 6;
const LAST_TIMER = 30;
/** Records of a burst. */
const BURST = 8;

/** A stream of numbers that depends on its seed alone. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof randomOf>;

/** A request that is well formed, most of the time with values that exist. */
function structured(random: Random, app: string): { label: number; bytes: Uint8Array } {
  const id = random(10) === 0 ? 31 + random(3) : random(6);
  const key = KEYS[random(KEYS.length)] ?? "";
  const modelId = random(2) === 0 ? "xor.model" : "none.model";
  const value = encodeUtf8(`${app}:${key}`.padEnd(random(8) === 0 ? 120 : 20, "."));
  const durationMs = random(6) === 0 ? 0 : 1 + random(40);
  // A few of the long ones are more than an application may log.
  const logged = random(8) === 0 ? 1900 : random(60);
  const made: (readonly [number, Uint8Array])[] = [
    [SdkRequest.Ping, new Uint8Array()],
    [SdkRequest.Log, codec(logRequest, format).encode({ msg: encodeUtf8("x".repeat(logged)) })],
    [SdkRequest.ReadKey, codec(keyRequest, format).encode({ key })],
    [SdkRequest.WriteKey, codec(writeKeyRequest, format).encode({ key, value })],
    [SdkRequest.DeleteKey, codec(keyRequest, format).encode({ key })],
    [SdkRequest.OneshotTimer, codec(timerStartRequest, format).encode({ id, durationMs })],
    [SdkRequest.PeriodicTimer, codec(timerStartRequest, format).encode({ id, durationMs })],
    [SdkRequest.CancelTimer, codec(timerCancelRequest, format).encode({ id })],
    [SdkRequest.WaitForTimers, new Uint8Array()],
    [SdkRequest.PollForTimers, new Uint8Array()],
    [SdkRequest.OneshotModel, codec(modelOneshotRequest, format).encode({ modelId })],
    [
      SdkRequest.PeriodicModel,
      codec(modelPeriodicRequest, format).encode({ modelId, durationMs: durationMs + 1 }),
    ],
    [SdkRequest.CancelModel, codec(modelIdRequest, format).encode({ id: 31 - random(2) })],
    [SdkRequest.WaitForModel, new Uint8Array()],
    [SdkRequest.PollForModels, new Uint8Array()],
    [SdkRequest.GetModelOutput, codec(modelIdRequest, format).encode({ id: 31 - random(2) })],
  ];
  const [label, bytes] = made[random(made.length)] ?? [SdkRequest.Ping, new Uint8Array()];
  return { label, bytes };
}

/** Bytes that were a request, or another label. */
function damaged(random: Random, app: string): { label: number; bytes: Uint8Array } {
  const { label, bytes } = structured(random, app);
  const long = new Uint8Array(REQUEST_BYTES).fill(random(256));
  switch (random(3)) {
    case 0: {
      long.set(bytes);
      for (let count = 1 + random(4); count > 0; count--) long[random(DAMAGED_BYTES)] = random(256);
      return { label, bytes: long };
    }
    case 1:
      return { label: SdkRequest.Exit + 1 + random(1000), bytes };
    default:
      return { label, bytes: long };
  }
}

/** Calls, and sends, with what is no page of its own. */
function* withWrongCap(sdk: Sdk, random: Random, label: number): Task<string | undefined> {
  const { sel4, start } = sdk;
  // The endpoint, a page of the stack, the thread, and no capability.
  const caps = [start.endpoint, 4, 0, undefined];
  const cap = caps[random(caps.length)];
  if (cap !== undefined) sel4.setCap(0, cap);
  const info = messageInfo(label, 0, cap === undefined ? 0 : 1);
  if (random(4) === 0) {
    yield* sel4.nbSend(start.endpoint, info);
    return "sent";
  }
  return nameOf(messageLabel(yield* sel4.call(start.endpoint, info)));
}

function isWait(label: number): boolean {
  return label === SdkRequest.WaitForTimers || label === SdkRequest.WaitForModel;
}

function nameOf(code: number): string | undefined {
  if (code === 0) return undefined;
  return Object.entries(SdkRuntimeError).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}

/** Makes random requests, and looks at what it is told. */
function* fuzz(
  sdk: Sdk,
  app: string,
  seed: number,
  count: number,
  report: FuzzReport,
): Task<number> {
  const random = randomOf(seed);
  /** First request after which no answer to what it did not wait for comes into its page. */
  let undisturbed = 0;
  for (let request = 0; request < count; request++) {
    const kind = random(20);
    if (kind === 0) {
      const { label } = structured(random, app);
      // One that waits is answered when it is answered.
      report.count(yield* withWrongCap(sdk, random, isWait(label) ? SdkRequest.Ping : label));
      continue;
    }
    if (random(500) === 0) {
      // More than an application may log in a second.
      for (let line = 0; line < BURST; line++) yield* sdk.log("y".repeat(1800));
      report.succeeded(BURST);
    }
    const { label, bytes } = kind < 3 ? damaged(random, app) : structured(random, app);
    // What waits is answered some time, so that it is not to be sent before the end is near.
    if (random(200) === 0 && (!isWait(label) || request > count * 0.75)) {
      undisturbed = isWait(label) ? count : request + 2;
      sdk.context.copyOut(sdk.start.params, bytes);
      sdk.sel4.setCap(0, sdk.start.frame);
      yield* sdk.sel4.nbSend(sdk.start.endpoint, messageInfo(label, 0, 1));
      report.count("sent");
      continue;
    }
    const code = yield* sdk.request(label, bytes);
    report.count(nameOf(code));
    if (code === 0 && label === SdkRequest.ReadKey) {
      const text = String.fromCharCode(...sdk.reply());
      if (NAMES.some((name) => name !== app && text.includes(name)))
        throw new Error(`${app} was told ${text}`);
    }
    if (code !== 0 && request >= undisturbed && sdk.reply().some((byte) => byte !== 0))
      throw new Error(`${app} was told something with a refusal`);
  }
  yield* leave(sdk, random(2) === 0);
  return 0;
}

/** The end of a life: maybe a while in which the log's next second begins, and two waits that nobody waits for. */
function* leave(sdk: Sdk, isLate: boolean): Task<void> {
  const { sel4, start } = sdk;
  const startLast = function* (durationMs: number): Task<void> {
    yield* sdk.request(
      SdkRequest.OneshotTimer,
      codec(timerStartRequest, format).encode({ id: LAST_TIMER, durationMs }),
    );
  };
  if (isLate) {
    yield* sdk.request(
      SdkRequest.CancelTimer,
      codec(timerCancelRequest, format).encode({ id: LAST_TIMER }),
    );
    yield* startLast(1200);
    while (((yield* sdk.timerWait()) & (1 << LAST_TIMER)) === 0);
  }
  yield* startLast(50);
  for (let sent = 0; sent < 2; sent++) {
    sel4.setCap(0, start.frame);
    yield* sel4.send(start.endpoint, messageInfo(SdkRequest.WaitForTimers, 0, 1));
  }
  // It ends twice: the first time counts.
  sdk.context.copyOut(start.params, codec(exitRequest, format).encode({ code: 0 }));
  sel4.setCap(0, start.frame);
  yield* sel4.send(start.endpoint, messageInfo(SdkRequest.Exit, 0, 1));
}

/** Makes some requests, and then messages that look like faults, of all kinds: it is stopped with the first one. */
function* forge(sdk: Sdk, seed: number, report: FuzzReport): Task<number> {
  const { sel4, start } = sdk;
  const random = randomOf(seed);
  for (let request = 0; request < FORGERS_REQUESTS; request++) {
    const { label, bytes } = structured(random, FORGER);
    if (!isWait(label)) report.count(nameOf(yield* sdk.request(label, bytes)));
  }
  for (let message = 0; message < FORGED; message++) {
    const length = random(14);
    for (let index = 0; index < length; index++) sel4.setMessageRegister(index, random(2 ** 31));
    const hasCap = random(4) === 0;
    if (hasCap) sel4.setCap(0, start.frame);
    const label = message === 0 ? random(8) : random(64);
    yield* sel4.send(start.endpoint, messageInfo(label, length, hasCap ? 1 : 0));
    report.count("made up");
  }
  yield* sdk.ping();
  throw new Error("a forger was answered");
}

/**
 * Three applications make random requests at once, and a fourth one makes up faults. They are started and stopped, and
 * leave nothing behind.
 *
 * @param rounds - lives of the applications
 * @param count - requests in each life of each application
 * @param options - a watch over the host's heap for the rounds but the first quarter; a change to the services
 * @returns what the watch has found, 0 without one
 */
export function fuzzSdk(
  rounds: number,
  count: number,
  report: FuzzReport,
  options: Pick<RogueOptions, "heap" | "change"> = {},
): number {
  let seed = 1;
  const mains = Object.fromEntries(
    NAMES.map((name) => [name, (sdk: Sdk) => fuzz(sdk, name, seed++, count, report)]),
  );
  mains[FORGER] = (sdk) => forge(sdk, seed++, report);
  const watched = watchServices(options.change?.(sparrow()) ?? sparrow());
  const manifests = { [LIMITED]: { models: ["none.model"], keys: 2 } };
  const session = boot({ ...withApplications(mains, manifests), system: watched.system });
  const heap = options.heap?.(() => session.transcript);
  const live = (isStoppedEarly: boolean): void => {
    for (const name of [FORGER, ...NAMES]) session.command(`start ${name}`, 30);
    if (isStoppedEarly) session.advance(0.3);
    else {
      for (let wait = 0; wait < 600 && session.command("bundles", 30) !== ""; wait++)
        session.advance(1);
    }
    for (const name of NAMES) {
      const state = session.command(`status ${name}`, 30);
      const log = session.transcript.slice(-2000);
      if (!isStoppedEarly) expect(state, log).toContain(`${name}: Exited(0)\n`);
      session.command(`stop ${name}`, 30);
    }
    const forger = session.command(`status ${FORGER}`, 30);
    expect(forger, session.transcript.slice(-2000)).toContain(`${FORGER}: Faulted\n`);
    session.command(`stop ${FORGER}`, 30);
    session.advance(2.5);
    session.discardOutput();
  };
  const holdings = (): unknown => {
    const { kernelObjects, slots } = measureSystem(session.system);
    const { keys, bundlesWithKeys, ...sizes } = watched.sizes();
    // Those of built-in bundles stay.
    expect(bundlesWithKeys).toBeLessThanOrEqual(NAMES.length + 1);
    expect(keys).toBeLessThanOrEqual(bundlesWithKeys * MAX_KEYS);
    return {
      ...{ kernelObjects, slots: { ...slots, memory_manager: 0 }, inUse: inUse(session) },
      instances: session.system.machine.hostedInstanceCount,
      sizes: { ...sizes, slots: { ...sizes.slots, memory_manager: 0 } },
    };
  };
  live(true);
  const before = holdings();
  for (let round = 0; round < rounds; round++) {
    if (round === Math.floor(rounds / 4)) heap?.begin();
    live(round % 4 === 3);
    expect(holdings()).toEqual(before);
  }
  const kept = heap?.end() ?? 0;
  // Everybody is served as before.
  session.command("start logtest");
  session.advance(0.5);
  expect(session.command("status logtest")).toContain("logtest: Exited(0)\n");
  checkInvariants(session.system.kernel.state);
  return kept;
}
