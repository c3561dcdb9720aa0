import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningSystem } from "@cantrip/assembly/riscv";

const CTRL_A = 0x01;
const LEAVE = 0x78;
/** Host milliseconds for which the machine runs before the terminal is looked at. */
const SLICE_MS = 10;
/** Virtual milliseconds that the system may still use to answer after the end of the input. */
const DRAIN_MS = 2000;

/**
 * Connects the console to this terminal until `Ctrl-A x`, or until the input ends and has been answered.
 *
 * Virtual time follows the host's, so that a sleep at the prompt lasts as long as it says.
 */
export async function runInteractively(system: RunningSystem, flush: () => void): Promise<void> {
  const { stdin } = process;
  const input = { left: false, ended: false, afterCtrlA: false };
  const perMs = system.cyclesPerSecond / 1000;
  if (stdin.isTTY) stdin.setRawMode(true);
  const restore = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  process.once("exit", restore);
  stdin.on("data", (data: Buffer) => {
    const keys: number[] = [];
    for (const byte of data) {
      if (stdin.isTTY && !input.afterCtrlA && byte === CTRL_A) {
        input.afterCtrlA = true;
        continue;
      }
      if (input.afterCtrlA && byte === LEAVE) input.left = true;
      input.afterCtrlA = false;
      // A pipe ends its lines with LF; a keyboard sends CR.
      keys.push(!stdin.isTTY && byte === 0x0a ? 0x0d : byte);
    }
    if (!input.left) system.type(String.fromCharCode(...keys));
  });
  stdin.on("end", () => {
    input.ended = true;
  });
  const begin = performance.now() - system.machine.cycles / perMs;
  while (!input.left) {
    const target = (performance.now() - begin) * perMs;
    const isBehind = target > system.machine.cycles;
    const stop = isBehind ? system.run({ untilCycle: target }) : undefined;
    flush();
    if (stop?.kind === "halted") break;
    if (input.ended) {
      system.run({ untilCycle: system.machine.cycles + DRAIN_MS * perMs });
      flush();
      break;
    }
    await sleep(isBehind ? SLICE_MS : 1);
  }
  stdin.pause();
  restore();
  process.off("exit", restore);
}
