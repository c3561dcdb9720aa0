import type { UserContext } from "@cantrip/hosted";
import type { DataportBirth } from "./birth.ts";
import type { ComponentThread } from "./component.ts";

/**
 * Memory that a component shares with another (`cantripSharedData`) or with a device (`cantripMMIO`), as a thread sees it.
 *
 * Offsets and lengths are in bytes; words are little-endian and aligned. Every access is checked and throws RangeError: out
 * of bounds, not aligned, or a store where the component may only read. The kernel guards the same: what goes past this class
 * is a fault of the thread. The other end may change the contents at any time.
 */
export class Dataport {
  /** Virtual address of its first byte. */
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  readonly isReadOnly: boolean;
  readonly #context: UserContext;
  readonly #name: string;

  /** @throws RangeError when the component has no such dataport */
  constructor(thread: ComponentThread, name: string) {
    const port: DataportBirth | undefined = thread.birth.dataports[name];
    if (port === undefined) {
      const known = Object.keys(thread.birth.dataports).join(", ");
      throw new RangeError(
        `${thread.birth.name} has no dataport "${name}"; known: ${known === "" ? "none" : known}`,
      );
    }
    this.address = port.address;
    this.size = port.size;
    this.isReadOnly = port.isReadOnly === true;
    this.#context = thread.context;
    this.#name = `${thread.birth.name}.${name}`;
  }

  load8(offset: number): number {
    return this.#context.load8(this.#at(offset, 1));
  }
  load16(offset: number): number {
    return this.#context.load16(this.#at(offset, 2, 2));
  }
  load32(offset: number): number {
    return this.#context.load32(this.#at(offset, 4, 4));
  }
  store8(offset: number, value: number): void {
    this.#context.store8(this.#writableAt(offset, 1), value);
  }
  store16(offset: number, value: number): void {
    this.#context.store16(this.#writableAt(offset, 2, 2), value);
  }
  store32(offset: number, value: number): void {
    this.#context.store32(this.#writableAt(offset, 4, 4), value);
  }

  /** Copies `target.length` bytes from `offset` into `target`. */
  read(offset: number, target: Uint8Array): void {
    this.#context.copyIn(this.#at(offset, target.length), target);
  }
  /** Copies `source` to `offset`. */
  write(offset: number, source: Uint8Array): void {
    this.#context.copyOut(this.#writableAt(offset, source.length), source);
  }

  #writableAt(offset: number, length: number, alignment = 1): number {
    if (this.isReadOnly) throw new RangeError(`${this.#name} is read-only: no store at ${offset}`);
    return this.#at(offset, length, alignment);
  }

  #at(offset: number, length: number, alignment = 1): number {
    if (!Number.isInteger(offset) || offset < 0 || offset + length > this.size)
      throw new RangeError(
        `${this.#name} has ${this.size} bytes: ${length} at ${offset} are not within it`,
      );
    if (offset % alignment !== 0)
      throw new RangeError(`${this.#name}: ${length} bytes at ${offset} are not aligned`);
    return this.address + offset;
  }
}
