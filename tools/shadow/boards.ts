import { existsSync, readdirSync, readFileSync } from "node:fs";
import { qemuVirtPlatform } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { platformOf } from "../oracles/platforms.ts";
import type { ShadowedBoard } from "./run-operations.ts";

/** Interrupts of sparrow that no device here is connected to. */
const FREE_LINES = [20, 21, 22, 23];

/**
 * The kernels of the suite `kernels` in `docs/oracles.md`, by the names of their folders.
 *
 * @param oracles - what `CANTRIP_ORACLES` names
 */
export function shadowedBoards(oracles: string): ReadonlyMap<string, ShadowedBoard> {
  const found = new Map<string, ShadowedBoard>();
  const kernels = `${oracles}/kernels`;
  if (oracles === "" || !existsSync(kernels)) return found;
  for (const name of readdirSync(kernels).sort()) {
    const platform = platformOf(name);
    const path = `${kernels}/${name}/kernel.elf`;
    if (platform === undefined || !existsSync(path)) continue;
    const isVirt = platform === qemuVirtPlatform;
    found.set(name, {
      ...{ config: isVirt ? upstream : cantrip, platform, kernelImage: readFileSync(path) },
      // Kernels of 32 bits do not reach the PLIC of the virt board.
      interruptLines: isVirt ? [] : FREE_LINES,
    });
  }
  return found;
}

/** seL4's own tests, of the board that they were built for; `undefined` where there are none. */
export function sel4testOf(oracles: string, board: ShadowedBoard): Uint8Array | undefined {
  const path = `${oracles}/sel4test/${board.config.name}/${board.platform.name}.elf`;
  return existsSync(path) ? readFileSync(path) : undefined;
}
