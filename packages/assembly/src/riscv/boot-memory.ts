import { buildBootImage } from "../boot-image.ts";
import type { FreeBlock } from "@cantrip/capdl/size";
import { CapType } from "@cantrip/sel4-kernel";
import { InitialCap, readBootInfo } from "@cantrip/sel4-sys";
import { PROMPT } from "../console-script.ts";
import { ConsoleSession, ConsoleTimeout } from "./console-session.ts";
import type { BootedSystem } from "./machine-system.ts";
import type { BootOptions } from "./running-system.ts";

const PAGE_BYTES = 4096;
/** Virtual seconds in which a system that boots at all shows its prompt. */
const BOOT_SECONDS = 2;

/**
 * The memory that the root server makes objects of: ordinary untypeds that are not its own, in the order of their slots. For a system
 * that has not run yet.
 *
 * @throws RangeError when the initial task has no boot info any more
 */
export function bootMemory({ kernel, machine }: BootedSystem): readonly FreeBlock[] {
  for (const object of kernel.state.objectsByPaddr.values()) {
    if (object.kind !== "cnode") continue;
    const frame = object.slots[InitialCap.BootInfoFrame]?.cap;
    if (frame?.type !== CapType.Frame) break;
    const page = machine.copyFromPhysical(frame.paddr, PAGE_BYTES);
    const { untypedList } = readBootInfo(page, kernel.state.config);
    return untypedList
      .filter(({ isDevice, isTainted }) => !isDevice && !isTainted)
      .map(({ paddr, sizeBits }) => ({ paddr, sizeBits }));
  }
  throw new RangeError("the initial task has no boot info: the system has run");
}

/**
 * The least RAM, in bytes and whole pages, with which a system boots to its prompt: found by booting it, about ten times.
 *
 * @param options - as for `bootSystem`, without the RAM
 * @throws RangeError when it does not boot with the platform's RAM either
 */
export function leastRam(options: Omit<BootOptions, "ramBytes" | "kernelImage">): number {
  const image = options.image ?? buildBootImage(options.system);
  const boots = (ramBytes?: number): number | undefined => {
    try {
      const session = new ConsoleSession({
        ...options,
        image,
        ...(ramBytes === undefined ? {} : { ramBytes }),
      });
      session.waitFor(PROMPT, BOOT_SECONDS);
      return session.system.machine.ram.length;
    } catch (error) {
      // Too little for the kernel, or for the root server.
      if (error instanceof ConsoleTimeout || error instanceof RangeError) return undefined;
      throw error;
    }
  };
  const whole = boots();
  if (whole === undefined) throw new RangeError(`${options.system.name} does not boot`);
  let enough = whole / PAGE_BYTES;
  let tooLittle = Math.floor(image.initialTask.bytes.length / PAGE_BYTES);
  while (enough - tooLittle > 1) {
    const pages = Math.floor((enough + tooLittle) / 2);
    if (boots(pages * PAGE_BYTES) === undefined) tooLittle = pages;
    else enough = pages;
  }
  return enough * PAGE_BYTES;
}
