import { writeBirth } from "@cantrip/camkes-rpc";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { Mistake } from "./assembly-error.ts";
import { ComponentImageError, readComponentImage } from "./component-image.ts";
import type { ComponentType, SystemDescription } from "./description.ts";
import { layOut } from "./lay-out.ts";

/** Checks that an image is a component for this kernel. */
export function checkImage(
  type: ComponentType,
  bytes: Uint8Array,
  kernel: KernelConfig,
  add: (message: string) => void,
): void {
  if (type.heapBytes !== undefined)
    add(`heap of ${type.heapBytes} bytes, but the heap of an image is its own data`);
  try {
    const { profile } = readComponentImage(bytes);
    if (profile !== kernel.name)
      add(`image of ${type.name} was built for kernel "${profile}", not "${kernel.name}"`);
  } catch (error) {
    if (!(error instanceof ComponentImageError)) throw error;
    add(`image of ${type.name}: ${error.message}`);
  }
}

/** Checks that every image has room for what its instance is given at birth. */
export function checkBirths(system: SystemDescription, mistakes: Mistake[]): void {
  if (!Object.values(system.components).some(({ type }) => type.image !== undefined)) return;
  for (const [where, draft] of layOut(system).drafts) {
    if (draft.code.kind !== "machine") continue;
    const { address, size } = draft.code.image.birth;
    const needed = writeBirth(draft.finish(), address).length;
    if (needed > size) {
      const message = `needs ${needed} bytes of birth data, and its image has room for ${size}: CANTRIP_BIRTH_BYTES`;
      mistakes.push({ where, message });
    }
  }
}
