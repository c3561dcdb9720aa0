export { BuddyMemory, type Block } from "./buddy-memory.ts";
export { DeviceMemory, type DevicePiece, type DeviceUntyped } from "./device-memory.ts";
export { MemoryFailure } from "./memory-failure.ts";
export { type LeafReport, MemoryManager, type UntypedSlab } from "./memory-manager.ts";
export { checkedObject, type CheckedObject } from "./object-size.ts";
export { planPieces } from "./plan-pieces.ts";
export type { MemoryKernel, RetypeRequest, TakeOutcome } from "./memory-kernel.ts";
