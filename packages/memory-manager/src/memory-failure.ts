import { MemoryManagerError } from "@cantrip/interfaces/memory";

/** The memory manager refuses a request. */
export class MemoryFailure extends Error {
  override readonly name = "MemoryFailure";
  readonly code: MemoryManagerError;

  constructor(code: MemoryManagerError, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A type that cannot be allocated. */
export function invalidType(type: number): MemoryFailure {
  return new MemoryFailure(MemoryManagerError.ObjTypeInvalid, `object type ${type}`);
}

/** A count or size that is out of range. */
export function invalidCount(type: number, count: number): MemoryFailure {
  const message = `count or size ${count} of object type ${type}`;
  return new MemoryFailure(MemoryManagerError.ObjCountInvalid, message);
}
