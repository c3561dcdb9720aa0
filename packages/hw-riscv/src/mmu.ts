import { Access } from "./access.ts";
import type { Bus } from "./bus.ts";
import { Cause, Privilege } from "./cause.ts";
import { type DecodedPage, type GuestMemory, TLB_ENTRIES } from "./guest-memory.ts";
import type { Xlen } from "./isa/instruction.ts";
import { PageWalk } from "./page-walk.ts";
import { Pmp } from "./pmp.ts";

export { Access } from "./access.ts";

const TLB_MASK = TLB_ENTRIES - 1;
const PAGE_MASK = 0xfff;
const KEY_LIMIT = 4090;
/** Spreads address spaces over the TLB: the key's low bits change the entry's high ones. */
const SLOT_SHIFT = 6;
const SATP_ASID_SHIFT = 22;
/** Power of two. */
const RECENT_KEYS = 64;
const TWO_32 = 0x1_0000_0000;
/** Interpreters count offsets in 32 bits: what lies above in the buffer is reached the slow way. */
const CACHED_BYTES = TWO_32;
/** Page numbers that a key can hold on RV64: with 16 bits of the ASID they make an exact number. */
const KEY_PAGES: number = 2 ** 37;
const SATP_PAGE_HIGH = 0xfff;
const ASID_HIGH_SHIFT = 12;

const ACCESS_FAULT = [
  Cause.loadAccessFault,
  Cause.storeAccessFault,
  Cause.fetchAccessFault,
] as const;

/**
 * Address translation with TLBs, physical memory protection, and the slow paths of loads and stores.
 *
 * Virtual addresses come as a signed lower half and, on RV64, an upper one; physical addresses are numbers.
 *
 * TLB entries carry a small key that stands for (satp, privilege), so that neither a trap nor a return flushes; a flush
 * hands out new keys. A refused access sets {@link fault} instead of trapping: the caller decides what that means.
 */
export class Mmu {
  /** Cause of the last refused access, 0 when the last one was granted. */
  fault = 0;
  /** Virtual address of the last refused access. */
  faultAddress = 0;
  /** Upper half of {@link faultAddress}. */
  faultAddressHigh = 0;
  /** Upper half of the last 8 bytes that were read. */
  high = 0;
  /** Tag of data accesses in the current context. */
  dataKey = 0;
  /**
   * What the page number is combined with to find the TLB entry of data, so that address spaces that use the same
   * addresses do not take each other's entries.
   */
  dataSlot = 0;
  /** Tag of fetches in the current context. */
  fetchKey = 0;

  readonly pmp: Pmp = new Pmp();
  readonly walk: PageWalk;
  readonly #memory: GuestMemory;
  readonly #bus: Bus;
  readonly #is64: boolean;
  /** Keys of the address spaces, by `satp`, for each privilege; small integers as map keys allocate nothing. */
  readonly #keys: readonly Map<number, number>[] = [0, 1, 2, 3].map(
    () => new Map<number, number>(),
  );
  /** Key without translation; 0: none was handed out. */
  #bareKey = 0;
  /** The user's keys that were asked for last, by the low bits of the ASID; `satp` 0: none. */
  readonly #recentSatps = new Int32Array(RECENT_KEYS);
  readonly #recentKeys = new Int32Array(RECENT_KEYS);
  #nextKey = 1;
  #satp = 0;
  #satpHigh = 0;
  /** `satp` selects no translation. */
  #isBare = true;
  #privilege: number = Privilege.machine;
  #dataPrivilege: number = Privilege.machine;

  constructor(memory: GuestMemory, bus: Bus, xlen: Xlen, updatesEntries: boolean) {
    this.#memory = memory;
    this.#bus = bus;
    this.#is64 = xlen === 64;
    this.walk = new PageWalk(memory, this.pmp, updatesEntries);
    this.#updateKeys();
  }

  /** Selects the address space and privilege of the following accesses. */
  setContext(satp: number, privilege: number, dataPrivilege: number, satpHigh = 0): void {
    if (
      satp === this.#satp &&
      satpHigh === this.#satpHigh &&
      privilege === this.#privilege &&
      dataPrivilege === this.#dataPrivilege
    )
      return;
    this.#satp = satp | 0;
    this.#satpHigh = satpHigh | 0;
    this.#isBare = this.#is64 ? satpHigh >= 0 : satp >= 0;
    this.#privilege = privilege;
    this.#dataPrivilege = dataPrivilege;
    this.#updateKeys();
  }

  #updateKeys(): void {
    const privilege = this.#privilege;
    const dataPrivilege = this.#dataPrivilege;
    this.fetchKey = this.#key(privilege);
    this.dataKey = dataPrivilege === privilege ? this.fetchKey : this.#key(dataPrivilege);
    this.dataSlot = this.dataKey << SLOT_SHIFT;
  }

  /** Sets `mstatus.SUM` and `mstatus.MXR`. */
  setPermissions(sum: boolean, mxr: boolean): void {
    const { walk } = this;
    if (sum === walk.sum && mxr === walk.mxr) return;
    walk.sum = sum;
    walk.mxr = mxr;
    this.flush();
  }

  /** `sfence.vma`: forgets every translation. */
  flush(): void {
    this.#forgetKeys();
    if (this.#nextKey > KEY_LIMIT - 4) this.#recycleKeys();
    this.#updateKeys();
  }

  #forgetKeys(): void {
    // Clearing an empty map makes a new table, too.
    for (const keys of this.#keys) if (keys.size > 0) keys.clear();
    this.#bareKey = 0;
    this.#recentSatps.fill(0);
  }

  #recycleKeys(): void {
    this.#forgetKeys();
    this.#memory.flushTlb();
    this.#nextKey = 1;
  }

  #key(privilege: number): number {
    const satp = this.#satp;
    if (privilege === Privilege.machine && this.pmp.isActive) {
      return this.#translatedKey(privilege, 0);
    }
    if (privilege === Privilege.machine || this.#isBare) {
      if (this.#bareKey === 0) this.#bareKey = this.#newKey();
      return this.#bareKey;
    }
    if (this.#is64) return this.#key64(privilege);
    if (privilege !== Privilege.user) return this.#translatedKey(privilege, satp);
    const recent = (satp >>> SATP_ASID_SHIFT) & (RECENT_KEYS - 1);
    if (this.#recentSatps[recent] === satp) return this.#recentKeys[recent] ?? 0;
    const key = this.#translatedKey(privilege, satp);
    this.#recentSatps[recent] = satp;
    this.#recentKeys[recent] = key;
    return key;
  }

  #key64(privilege: number): number {
    const page = (this.#satpHigh & SATP_PAGE_HIGH) * TWO_32 + (this.#satp >>> 0);
    // There is no memory so far up.
    if (page >= KEY_PAGES) return this.#newKey();
    const asid = (this.#satpHigh >>> ASID_HIGH_SHIFT) & 0xffff;
    return this.#translatedKey(privilege, asid * KEY_PAGES + page);
  }

  #translatedKey(privilege: number, satp: number): number {
    const keys = this.#keys[privilege];
    let key = keys?.get(satp);
    if (key === undefined) {
      key = this.#newKey();
      keys?.set(satp, key);
    }
    return key;
  }

  #newKey(): number {
    if (this.#nextKey > KEY_LIMIT) this.#recycleKeys();
    return this.#nextKey++;
  }

  /**
   * Translates; returns the physical address, or minus the cause of the fault.
   *
   * @param high - upper half of the address; 0 on RV32
   */
  translate(virtual: number, access: Access, high = 0): number {
    const privilege = access === Access.fetch ? this.#privilege : this.#dataPrivilege;
    const physical = this.#physical(virtual, access, high, privilege);
    if (physical < 0 || !this.pmp.isActive) return physical;
    return this.pmp.permits(physical, 1, access, privilege) ? physical : -ACCESS_FAULT[access];
  }

  #physical(virtual: number, access: Access, high: number, privilege: number): number {
    if (privilege === Privilege.machine || this.#isBare) {
      return high === 0 ? virtual >>> 0 : (high >>> 0) * TWO_32 + (virtual >>> 0);
    }
    return this.#is64
      ? this.walk.sv39(virtual, high, access, privilege, this.#satp, this.#satpHigh)
      : this.walk.sv32(virtual, access, privilege, this.#satp);
  }

  /** Whether a range that starts at a translated address may be accessed as a whole. */
  permitsAll(physical: number, bytes: number, access: Access): boolean {
    if (!this.pmp.isActive) return true;
    const privilege = access === Access.fetch ? this.#privilege : this.#dataPrivilege;
    return this.pmp.permits(physical, bytes, access, privilege);
  }

  /** Whether one byte could be accessed: 0, or the cause of the refusal. Device regions count as accessible. */
  probe(virtual: number, access: Access, high = 0): number {
    const physical = this.translate(virtual, access, high);
    if (physical < 0) return -physical;
    if (this.#memory.offsetOf(physical) >= 0) return 0;
    const region = access === Access.fetch ? undefined : this.#bus.find(physical);
    if (region === undefined) return ACCESS_FAULT[access];
    return access === Access.store && region.device.readOnly === true ? Cause.storeAccessFault : 0;
  }

  /**
   * Loads 1, 2, 4 or 8 bytes, not sign-extended, the slow way; fills the TLB.
   *
   * @returns the value, or 0 with {@link fault} set; the upper half of 8 bytes is in {@link high}
   */
  read(virtual: number, size: number, high = 0): number {
    this.fault = 0;
    if ((virtual & PAGE_MASK) + size > PAGE_MASK + 1) return this.#readSplit(virtual, size, high);
    const physical = this.translate(virtual, Access.load, high);
    if (physical < 0) return this.refuse(-physical, virtual, high);
    if (!this.permitsAll(physical, size, Access.load)) {
      return this.refuse(Cause.loadAccessFault, virtual, high);
    }
    const memory = this.#memory;
    const offset = memory.offsetOf(physical);
    if (offset < 0) return this.#readDevice(physical, size, virtual, high);
    if (offset < CACHED_BYTES && (!this.pmp.isActive || this.pmp.isUniform(physical))) {
      const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
      memory.readTags[slot] = (virtual & ~PAGE_MASK) | this.dataKey;
      memory.readTagsHigh[slot] = high;
      memory.readOffsets[slot] = (offset - virtual) | 0;
    }
    if (size === 8) this.high = readBytes(memory, offset + 4, 4);
    return readBytes(memory, offset, size);
  }

  #readDevice(physical: number, size: number, virtual: number, high: number): number {
    const value = this.#bus.read(physical, Math.min(size, 4));
    const upper = size === 8 ? this.#bus.read(physical + 4, 4) : 0;
    if (value === undefined || upper === undefined) {
      return this.refuse(Cause.loadAccessFault, virtual, high);
    }
    this.high = upper | 0;
    return size >= 4 ? value | 0 : value & (size === 1 ? 0xff : 0xffff);
  }

  #readSplit(virtual: number, size: number, high: number): number {
    let low = 0;
    let upper = 0;
    for (let index = 0; index < size; index++) {
      const at = (virtual + index) | 0;
      const value = this.read(at, 1, carriedHigh(virtual, at, high));
      if (this.fault !== 0) return 0;
      if (index < 4) low |= value << (8 * index);
      else upper |= value << (8 * index);
    }
    this.high = upper;
    return low;
  }

  /**
   * Stores the low 1, 2, 4 or 8 bytes the slow way; sets {@link fault} and stores nothing where a byte is refused.
   *
   * @param valueHigh - upper half of 8 bytes
   */
  write(virtual: number, value: number, size: number, high = 0, valueHigh = 0): void {
    this.fault = 0;
    if ((virtual & PAGE_MASK) + size > PAGE_MASK + 1) {
      this.#writeSplit(virtual, value, size, high, valueHigh);
      return;
    }
    const physical = this.translate(virtual, Access.store, high);
    if (physical < 0) {
      this.refuse(-physical, virtual, high);
      return;
    }
    if (!this.permitsAll(physical, size, Access.store)) {
      this.refuse(Cause.storeAccessFault, virtual, high);
      return;
    }
    const memory = this.#memory;
    const offset = memory.offsetOf(physical);
    if (offset < 0) {
      const isDone =
        this.#bus.write(physical, value, Math.min(size, 4)) &&
        (size < 8 || this.#bus.write(physical + 4, valueHigh, 4));
      if (!isDone) this.refuse(Cause.storeAccessFault, virtual, high);
      return;
    }
    if (memory.hasCode(offset)) {
      memory.invalidateCode(offset, size);
    } else if (offset < CACHED_BYTES && (!this.pmp.isActive || this.pmp.isUniform(physical))) {
      const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
      memory.writeTags[slot] = (virtual & ~PAGE_MASK) | this.dataKey;
      memory.writeTagsHigh[slot] = high;
      memory.writeOffsets[slot] = (offset - virtual) | 0;
    }
    for (let index = 0; index < size; index++) {
      memory.bytes[offset + index] = (index < 4 ? value : valueHigh) >>> (8 * index);
    }
  }

  #writeSplit(virtual: number, value: number, size: number, high: number, valueHigh: number): void {
    // Both pages are checked before the first byte changes.
    for (let index = 0; index < size; index++) {
      const at = (virtual + index) | 0;
      const atHigh = carriedHigh(virtual, at, high);
      const cause = this.probe(at, Access.store, atHigh);
      if (cause !== 0) {
        this.refuse(cause, at, atHigh);
        return;
      }
    }
    for (let index = 0; index < size; index++) {
      const at = (virtual + index) | 0;
      const byte = (index < 4 ? value : valueHigh) >>> (8 * index);
      this.write(at, byte, 1, carriedHigh(virtual, at, high));
      if (this.fault !== 0) return;
    }
  }

  /** Notes a refused access. */
  refuse(cause: number, virtual: number, high = 0): 0 {
    this.fault = cause;
    this.faultAddress = virtual | 0;
    this.faultAddressHigh = high;
    return 0;
  }

  /** Offset in the memory's buffer of an aligned word that may be loaded; -1 when the TLB does not know it. */
  cachedLoad(virtual: number): number {
    const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
    const memory = this.#memory;
    if (memory.readTags[slot] !== ((virtual & ~PAGE_MASK) | this.dataKey)) return -1;
    return (virtual + (memory.readOffsets[slot] ?? 0)) >>> 0;
  }

  /** Whether 2 bytes may be fetched; otherwise {@link fault} says why. */
  checkFetch(virtual: number, high: number): boolean {
    const physical = this.translate(virtual, Access.fetch, high);
    if (physical >= 0 && this.permitsAll(physical, 2, Access.fetch)) return true;
    this.refuse(physical < 0 ? -physical : Cause.fetchAccessFault, virtual, high);
    return false;
  }

  /** The decoded page at a virtual address, or `null` with {@link fault} set. */
  fetchPage(virtual: number, high = 0): DecodedPage | null {
    const memory = this.#memory;
    const slot = ((virtual >>> 12) ^ (this.fetchKey << SLOT_SHIFT)) & TLB_MASK;
    const tag = (virtual & ~PAGE_MASK) | this.fetchKey;
    if (memory.fetchTags[slot] === tag && memory.fetchTagsHigh[slot] === high) {
      return memory.fetchPages[slot] ?? null;
    }
    const physical = this.translate(virtual, Access.fetch, high);
    const offset = physical < 0 ? -1 : memory.offsetOf(physical);
    if (offset < 0) {
      this.refuse(physical < 0 ? -physical : Cause.fetchAccessFault, virtual, high);
      return null;
    }
    if (this.pmp.isActive && !this.pmp.isUniform(physical)) return memory.checkedPage(offset);
    const page = memory.decodedPage(offset);
    memory.fetchTags[slot] = tag;
    memory.fetchTagsHigh[slot] = high;
    memory.fetchPages[slot] = page;
    return page;
  }
}

/** Upper half of an address that lies a little above another. */
export function carriedHigh(from: number, to: number, high: number): number {
  return (high + ((from & ~to) >>> 31)) | 0;
}

function readBytes(memory: GuestMemory, offset: number, size: number): number {
  const { bytes } = memory;
  const low = bytes[offset] ?? 0;
  if (size === 1) return low;
  const half = low | ((bytes[offset + 1] ?? 0) << 8);
  if (size === 2) return half;
  return half | ((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 24);
}
