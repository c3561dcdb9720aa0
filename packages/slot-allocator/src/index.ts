export { CSpaceSlot, OutOfSlotsError, type SlotOwner, TOP_LEVEL_DEPTH } from "./cspace-slot.ts";
export { SlotAllocator } from "./slot-allocator.ts";
