import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { qemuVirtPlatform } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { platformOf } from "../oracles/platforms.ts";
import { runShadow } from "./run-shadow.ts";
import type { ShadowedBoard } from "./run-operations.ts";

const folder = process.env["CANTRIP_ORACLES"] ?? "";

/** Interrupts of sparrow that no device here is connected to. */
const FREE_LINES = [20, 21, 22, 23];

/** The kernels of the suite `kernels` in `docs/oracles.md`. */
function boards(): ReadonlyMap<string, ShadowedBoard> {
  const found = new Map<string, ShadowedBoard>();
  const kernels = `${folder}/kernels`;
  if (folder === "" || !existsSync(kernels)) return found;
  for (const name of readdirSync(kernels)) {
    const platform = platformOf(name);
    const path = `${kernels}/${name}/kernel.elf`;
    if (platform === undefined || !existsSync(path)) continue;
    const config = platform === qemuVirtPlatform ? upstream : cantrip;
    // Kernels of 32 bits do not reach the PLIC of the virt board (docs/oracles.md).
    const interruptLines = platform === qemuVirtPlatform ? [] : FREE_LINES;
    found.set(name, { config, platform, interruptLines, kernelImage: readFileSync(path) });
  }
  return found;
}

/** seL4's own tests run on the board that they were built for. */
function drivers(board: ShadowedBoard): ReadonlyMap<string, Uint8Array> {
  const path = `${folder}/sel4test/${board.config.name}/${board.platform.name}.elf`;
  return new Map(existsSync(path) ? [["sel4test", readFileSync(path)]] : []);
}

process.exitCode = runShadow({
  boards: boards(),
  drivers,
  args: process.argv.slice(2),
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
