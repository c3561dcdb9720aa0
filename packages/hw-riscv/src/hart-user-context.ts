import { PageFault, type Task, type UserContext } from "@cantrip/hosted";
import { Cause } from "./cause.ts";
import type { Hart } from "./hart.ts";
import { Access } from "./mmu.ts";

const S11 = 27;
const PAGE_BYTES = 4096;
const TLB_MASK = 0xfff;
const WORD_BYTES = 4;

/** The running user thread's view of its hart: registers, and memory through the MMU with the thread's rights. */
export class HartUserContext implements UserContext {
  /** Words moved since the hosted unit last cleared it. */
  words = 0;
  readonly #hart: Hart;

  constructor(hart: Hart) {
    this.#hart = hart;
  }

  register(index: number): number {
    return (this.#hart.x[index & 31] ?? 0) >>> 0;
  }

  setRegister(index: number, value: number): void {
    if (!Number.isInteger(index) || index <= 0 || index > 31 || index === S11) {
      throw new RangeError(`a hosted thread cannot write register x${index}`);
    }
    this.#hart.x[index] = value;
  }

  load8(address: number): number {
    return this.#load(address, 1);
  }
  load16(address: number): number {
    return this.#load(address, 2);
  }
  load32(address: number): number {
    const { memory, mmu } = this.#hart;
    const entry = ((address >>> 12) ^ mmu.dataSlot) & TLB_MASK;
    if (memory.readTags[entry] === ((address & ~0xfff) | mmu.dataKey) && (address & 3) === 0) {
      this.words++;
      return (memory.words[((address + (memory.readOffsets[entry] ?? 0)) | 0) >>> 2] ?? 0) >>> 0;
    }
    return this.#load(address, 4) >>> 0;
  }
  store8(address: number, value: number): void {
    this.#store(address, value, 1);
  }
  store16(address: number, value: number): void {
    this.#store(address, value, 2);
  }
  store32(address: number, value: number): void {
    const { memory, mmu } = this.#hart;
    const entry = ((address >>> 12) ^ mmu.dataSlot) & TLB_MASK;
    if (memory.writeTags[entry] === ((address & ~0xfff) | mmu.dataKey) && (address & 3) === 0) {
      this.words++;
      memory.words[((address + (memory.writeOffsets[entry] ?? 0)) | 0) >>> 2] = value;
      return;
    }
    this.#store(address, value, 4);
  }

  #load(address: number, size: number): number {
    this.words++;
    const { mmu } = this.#hart;
    const value = mmu.read(address | 0, size);
    if (mmu.fault !== 0) throw refused(mmu.fault, mmu.faultAddress);
    return value;
  }

  #store(address: number, value: number, size: number): void {
    this.words++;
    const { mmu } = this.#hart;
    mmu.write(address | 0, value, size);
    if (mmu.fault !== 0) throw refused(mmu.fault, mmu.faultAddress);
  }

  copyIn(address: number, target: Uint8Array): void {
    const { memory, bus } = this.#hart;
    this.#byPage(address, target.length, Access.load, (physical, at, length, virtual) => {
      const offset = memory.offsetOf(physical);
      if (offset >= 0) {
        target.set(memory.bytes.subarray(offset, offset + length), at);
        return;
      }
      for (let index = 0; index < length; index++) {
        const value = bus.read(physical + index, 1);
        if (value === undefined) throw refused(Cause.loadAccessFault, virtual + index);
        target[at + index] = value;
      }
    });
  }

  copyOut(address: number, source: Uint8Array): void {
    const { memory, bus } = this.#hart;
    this.#byPage(address, source.length, Access.store, (physical, at, length, virtual) => {
      const offset = memory.offsetOf(physical);
      if (offset >= 0) {
        memory.invalidateCode(offset, length);
        memory.bytes.set(source.subarray(at, at + length), offset);
        return;
      }
      for (let index = 0; index < length; index++) {
        if (!bus.write(physical + index, source[at + index] ?? 0, 1)) {
          throw refused(Cause.storeAccessFault, virtual + index);
        }
      }
    });
  }

  fill(address: number, length: number, value: number): void {
    const { memory, bus } = this.#hart;
    this.#byPage(address, length, Access.store, (physical, _at, count, virtual) => {
      const offset = memory.offsetOf(physical);
      if (offset >= 0) {
        memory.invalidateCode(offset, count);
        memory.bytes.fill(value, offset, offset + count);
        return;
      }
      for (let index = 0; index < count; index++) {
        if (!bus.write(physical + index, value, 1)) {
          throw refused(Cause.storeAccessFault, virtual + index);
        }
      }
    });
  }

  /** Translates a range page by page; throws {@link PageFault} at the first page that is refused. */
  #byPage(
    address: number,
    length: number,
    access: Access,
    part: (physical: number, at: number, length: number, virtual: number) => void,
  ): void {
    let done = 0;
    while (done < length) {
      const virtual = (address + done) >>> 0;
      const inPage = Math.min(length - done, PAGE_BYTES - (virtual & (PAGE_BYTES - 1)));
      const physical = this.#hart.mmu.translate(virtual, access);
      if (physical < 0) throw refused(-physical, virtual);
      part(physical, done, inPage, virtual);
      done += inPage;
      this.words += Math.ceil(inPage / WORD_BYTES);
    }
  }

  *touch(address: number, length: number, access: "load" | "store" = "load"): Task<void> {
    const kind = access === "store" ? Access.store : Access.load;
    let done = 0;
    while (done < length) {
      const virtual = (address + done) >>> 0;
      while (this.#hart.mmu.probe(virtual, kind) !== 0) {
        yield { kind: "touch-fault", access, address: virtual };
      }
      done += PAGE_BYTES - (virtual & (PAGE_BYTES - 1));
    }
  }
}

function refused(cause: number, address: number): PageFault {
  return new PageFault(cause as PageFault["code"], address);
}
