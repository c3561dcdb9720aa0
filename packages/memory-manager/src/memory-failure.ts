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

/** Something else was made where the client says that an object is. */
export function wrongType(type: number, made: number, slot: number): MemoryFailure {
  const message = `slot ${slot} holds type ${made}, not ${type}`;
  return new MemoryFailure(MemoryManagerError.ObjTypeInvalid, message);
}

/** An object of another size was made where the client says that one is. */
export function wrongSize(type: number, slot: number): MemoryFailure {
  const message = `slot ${slot} holds type ${type} of another size`;
  return new MemoryFailure(MemoryManagerError.ObjCountInvalid, message);
}

/** The manager has made no such objects, or not so many that still exist. */
export function notOwned(type: number, count: number, slot: number): MemoryFailure {
  const message = `slot ${slot}: there are no ${count} objects of type ${type} to free`;
  return new MemoryFailure(MemoryManagerError.FreeFailed, message);
}

/** The capability with a request is no CNode, or the slots are not in one. */
export function invalidContainer(message: string): MemoryFailure {
  return new MemoryFailure(MemoryManagerError.ObjCapInvalid, message);
}
