import type { GuestMemory } from "./guest-memory.ts";
import type { DeviceMemory } from "./platform.ts";

/** RAM as devices that master the bus reach it. */
export function deviceMemory(memory: GuestMemory): DeviceMemory {
  const offsetOf = (paddr: number, length: number): number =>
    length > 0 && memory.offsetOf(paddr + length - 1) < 0 ? -1 : memory.offsetOf(paddr);
  return {
    read(paddr, target) {
      const offset = offsetOf(paddr, target.length);
      if (offset < 0) return false;
      target.set(memory.bytes.subarray(offset, offset + target.length));
      return true;
    },
    write(paddr, source) {
      const offset = offsetOf(paddr, source.length);
      if (offset < 0) return false;
      memory.invalidateCode(offset, source.length);
      memory.bytes.set(source, offset);
      return true;
    },
  };
}
