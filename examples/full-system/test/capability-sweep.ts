import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import type { Spec, SpecCap, SpecObject } from "@cantrip/capdl";
import { expect } from "vitest";
import { unusedCapabilities } from "./unused-capabilities.ts";

/** A capability of a specification: the object that holds it, and the slot. */
interface HeldCap {
  readonly holder: string;
  readonly slot: number;
  readonly cap: SpecCap;
  /** Whether it is to a frame: there are many, all used alike. */
  readonly isFrame: boolean;
}

/** What a system did in front of an observer. */
interface Observation {
  /** Lines of the console from the first prompt on, in the order of the alphabet, so that a shift in time is no change. */
  readonly lines: readonly string[];
  /** Threads of services that threw, faulted or returned. */
  readonly errors: readonly string[];
}

/** Every command that uses something else of the system. */
export const SCRIPT: readonly string[] = [
  ...["builtins", "bundles", "start hello", "bundles", "status hello", "stop hello", "bundles"],
  ...["start suicide", "sleep 20", "stop suicide", "start logtest", "sleep 20", "stop logtest"],
  ...["start keyval", "sleep 20", "stop keyval", "start timer", "sleep 1500", "stop timer"],
  ...["mstats", "mdebug", "loglevel debug", "sleep 10", "source demo.repl", "start nothing"],
  ...["start bad", "uninstall hello", "size_buffer hello", "load_application hello", "scecho abc"],
  ...["kvwrite hello k v", "kvread hello k", "kvdelete hello k", "test_obj_alloc", "test_mailbox"],
  ...["test_timer_async 1 10", "test_timer_blocking 10", "test_timer_completed", "test_uart"],
  ...["capscan console", "capscan memory", "capscan process", "capscan sdk", "capscan security"],
  ...["capscan timer", "capscan mlcoord", "test_mailbox", "mldebug", "start mltest", "sleep 1200"],
  ...["mldebug", "stop mltest"],
];
/** `capscan` prints what there is, whether it is used or not: only that it answers is looked at. */
const DUMP_LINE = /^\|- [0-9a-f]{3}\./;
/** What `test_uart` fills the line with: other output comes somewhere in between. */
const FLOOD = /[no]{16,}/g;
/** Virtual seconds for a command; one that hangs is over then. */
const COMMAND_SECONDS = 2;
const PROMPT = "CANTRIP> ";

const system = sparrow();
const image = buildBootImage(system);
const flash = makeFlash([
  ...builtinApplications(),
  { name: "demo.repl", data: new TextEncoder().encode("bundles\n") },
  // A bundle that is none, so that the process manager has something to say.
  { name: "bad.app", data: new Uint8Array(64).fill(0x5a) },
]);

/** Every capability of the specification. */
function heldCaps(): HeldCap[] {
  const kinds = new Map(image.spec.objects.map(({ name, kind }) => [name, kind]));
  return image.spec.objects.flatMap((object) =>
    slotsOf(object).map(({ slot, cap }) => ({
      holder: object.name,
      slot,
      cap,
      isFrame: cap.kind === "object" && kinds.get(cap.object) === "frame",
    })),
  );
}

function slotsOf(object: SpecObject): readonly { readonly slot: number; readonly cap: SpecCap }[] {
  return "slots" in object ? object.slots : [];
}

/** Boots without one capability, or with all, and runs the script. */
function observe(without?: HeldCap): Observation {
  const spec = without === undefined ? image.spec : withoutCap(image.spec, without);
  let printed = "";
  const errors: string[] = [];
  const running = bootSystem({
    system,
    image: buildBootImage(system, { spec }),
    flash,
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
    onHostedError: ({ component, thread, kind }) => {
      errors.push(`${component} ${thread} ${kind}`);
    },
  });
  const { machine, cyclesPerSecond } = running;
  const run = (seconds: number, until: () => boolean): boolean => {
    machine.run({ untilCycle: machine.cycles + seconds * cyclesPerSecond, until });
    return until();
  };
  if (!run(1, () => printed.includes(PROMPT))) return { lines: ["no prompt"], errors };
  run(0.05, () => false);
  let seen = printed.length;
  const begin = printed.indexOf(PROMPT);
  for (const line of SCRIPT) {
    running.type(`${line}\r`);
    if (!run(COMMAND_SECONDS, () => printed.includes(PROMPT, seen))) break;
    seen = printed.length;
  }
  run(0.05, () => false);
  const text = printed.slice(begin).replaceAll("\r", "").replaceAll(PROMPT, "");
  const lines = text.replaceAll(FLOOD, "").split("\n");
  const told = lines.filter((line) => !DUMP_LINE.test(line));
  return { lines: told.sort(), errors: errors.sort() };
}

function withoutCap(spec: Spec, { holder, slot }: HeldCap): Spec {
  const objects = spec.objects.map((object) =>
    object.name === holder && "slots" in object
      ? { ...object, slots: object.slots.filter((entry) => entry.slot !== slot) }
      : object,
  );
  return { ...spec, objects: objects };
}

/** The capability in words: `timer_service_cnode 12: timer_interrupt_ntfn`. */
function capText({ holder, slot, cap }: HeldCap): string {
  return `${holder} ${slot}: ${cap.kind === "object" ? cap.object : cap.kind}`;
}

/** All capabilities but those to frames, and of the latter one in so many. */
const FRAMES_PER_SAMPLE = 8;

/** The mappings of the frames behind a connection of memory. */
export function mappingsOf(connection: string): HeldCap[] {
  return heldCaps().filter(
    ({ holder, cap, isFrame }) =>
      isFrame &&
      !holder.endsWith("_cnode") &&
      cap.kind === "object" &&
      cap.object.startsWith(`${connection}_`),
  );
}

/** The capabilities to sweep. */
export function sampledCaps(): HeldCap[] {
  let frames = 0;
  return heldCaps().filter(({ isFrame }) => !isFrame || frames++ % FRAMES_PER_SAMPLE === 0);
}

/**
 * Boots without each of the capabilities.
 *
 * @throws AssertionError when a removal changes nothing and no reason is documented
 */
export function expectNoticed(caps: readonly HeldCap[]): {
  readonly noticed: number;
  /** Removals that changed nothing, by what is documented. */
  readonly unnoticed: ReadonlyMap<string, number>;
} {
  const whole = JSON.stringify(observe());
  const unnoticed = new Map<string, number>();
  const unexplained: string[] = [];
  let noticed = 0;
  for (const cap of caps) {
    if (JSON.stringify(observe(cap)) !== whole) {
      noticed++;
      continue;
    }
    const words = capText(cap);
    const known = unusedCapabilities.find(({ pattern }) => pattern.test(words));
    if (known === undefined) unexplained.push(words);
    else unnoticed.set(known.which, (unnoticed.get(known.which) ?? 0) + 1);
  }
  expect(unexplained).toEqual([]);
  return { noticed, unnoticed };
}
