import { checkInvariants } from "@cantrip/sel4-kernel";
import type { KernelConfig } from "@cantrip/sel4-config";
import fc from "fast-check";
import { ECALL, type Message } from "./kernel-world.ts";
import { operation, step } from "./random-acts.ts";
import type { RandomCalls } from "./random-calls.ts";
import { RandomProgram } from "./random-program.ts";
import { WatchedPort } from "./watched-port.ts";

const A7 = 17;
const STEPS_PER_SYSTEM = 2000;
const STEPS_PER_CHECK = 500;

/** What hostile threads did. */
export interface HostileReport {
  /** Without those that set threads going again. */
  calls: number;
  /** Calls that did what a right one does, or were left right. */
  done: number;
  refused: number;
  systems: number;
  checks: number;
  writes: number;
}

/** Numbers that are likely to be wrong: xorshift, from a seed. */
export function numbers(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Threads that make system calls with valid structure and then replace a number of it. After every entry what the kernel
 * wrote is looked at, and the whole state now and then.
 *
 * @throws Error with the last lines of what they did
 */
export function hostileCalls(
  config: KernelConfig,
  wanted: number,
  firstSeed: number,
): HostileReport {
  const report = { calls: 0, done: 0, refused: 0, systems: 0, checks: 0, writes: 0 };
  for (let seed = firstSeed; report.calls < wanted; seed++) {
    const port = new WatchedPort();
    const program = new RandomProgram(config, { isChecked: false, port });
    const { world } = program;
    const { state } = world.kernel;
    const next = numbers(seed);
    port.isWatching = true;
    program.spoil = (cptr, message) => spoilt(cptr, message, next);
    try {
      let steps = 0;
      for (const one of fc.sample(operation, { numRuns: STEPS_PER_SYSTEM, seed })) {
        if (!step(program, one)) break;
        port.check(state);
        if (next() % 16 === 0 && chaos(program, next)) report.calls++;
        port.check(state);
        if (port.haltReason !== undefined) throw new Error(`halted: ${port.haltReason}`);
        if (++steps % STEPS_PER_CHECK !== 0) continue;
        checkInvariants(state);
        report.checks++;
        program.lines.splice(0, program.lines.length - 50);
      }
      checkInvariants(state);
      report.checks++;
    } catch (error) {
      const text = program.lines.slice(-50).join("\n");
      throw new Error(`${config.name}, seed ${seed}:\n${text}\n${String(error)}`, { cause: error });
    }
    report.systems++;
    report.writes += port.checked;
    for (const [result, count] of program.results) {
      report.calls += count;
      if (result === "done") report.done += count;
      else report.refused += count;
    }
  }
  return report;
}

/** Half of the messages have a number replaced. */
export function spoilt(
  cptr: number,
  message: Message,
  next: () => number,
): { cptr: number; message: Message } {
  const choice = next() % 12;
  const wrong = [next(), 0, 0xffffffff, 0x80000000, next() % 64, next() % 2000][next() % 6] ?? 0;
  const replace = (from: readonly number[] = []): number[] => {
    const at = next() % Math.max(1, from.length);
    return from.map((value, index) => (index === at ? wrong : value));
  };
  switch (choice) {
    case 0:
      return { cptr: wrong, message };
    case 1:
      return { cptr, message: { ...message, label: wrong & 0xfffff } };
    case 2:
    case 3:
      return { cptr, message: { ...message, words: replace(message.words) } };
    case 4:
      return { cptr, message: { ...message, caps: replace(message.caps) } };
    case 5:
      return { cptr, message: { ...message, words: message.words?.slice(0, -1) ?? [] } };
    default:
      return { cptr, message };
  }
}

/** A system call, or one that is none, with registers that mean nothing in particular. */
export function chaos({ world, lines }: RandomCalls, next: () => number): boolean {
  const { kernel, config, port } = world;
  if (world.current === kernel.state.idle || world.current === world.root) return false;
  const number = -1 - (next() % 40);
  // They stop the machine when they are asked to.
  if (number === config.syscall.debugHalt || number === config.syscall.debugNameThread)
    return false;
  for (const register of [5, 10, 11, 12, 13, 14, 15, 16])
    port.registers[register] = next() % 3 === 0 ? next() : next() % 2000;
  port.registers[A7] = number;
  lines.push(`${world.current.name}: system call ${number} with anything`);
  world.trap(ECALL);
  port.output = "";
  return true;
}
