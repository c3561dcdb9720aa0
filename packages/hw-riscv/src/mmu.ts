import type { Bus } from "./bus.ts";
import { Cause } from "./cause.ts";
import { type DecodedPage, type GuestMemory, TLB_ENTRIES } from "./guest-memory.ts";

/** Kind of a memory access. */
export const Access = { load: 0, store: 1, fetch: 2 } as const;
export type Access = (typeof Access)[keyof typeof Access];

const TLB_MASK = TLB_ENTRIES - 1;
const PAGE_MASK = 0xfff;
const KEY_LIMIT = 4090;
const PTE_V = 1;
const PTE_R = 2;
const PTE_W = 4;
const PTE_X = 8;
const PTE_U = 16;
const PTE_A = 64;
const PTE_D = 128;
const MEGAPAGE_PPN_LOW = 0x3ff << 10;
/** Spreads address spaces over the TLB: the key's low bits change the entry's high ones. */
const SLOT_SHIFT = 6;
const SATP_ASID_SHIFT = 22;
/** Power of two. */
const RECENT_KEYS = 64;
const PHYSICAL_LIMIT = 0x1_0000_0000;
const USER_MODE = 0;
const MACHINE_MODE = 3;

const PAGE_FAULT = [Cause.loadPageFault, Cause.storePageFault, Cause.fetchPageFault] as const;
const ACCESS_FAULT = [
  Cause.loadAccessFault,
  Cause.storeAccessFault,
  Cause.fetchAccessFault,
] as const;

/**
 * Sv32 address translation with TLBs, and the slow paths of loads and stores.
 *
 * TLB entries carry a small key that stands for (satp, privilege), so that neither a trap nor a return flushes; a flush
 * hands out new keys. A refused access sets {@link fault} instead of trapping: the caller decides what that means.
 */
export class Mmu {
  /** Cause of the last refused access, 0 when the last one was granted. */
  fault = 0;
  /** Virtual address of the last refused access. */
  faultAddress = 0;
  /** Tag of data accesses in the current context. */
  dataKey = 0;
  /**
   * What the page number is combined with to find the TLB entry of data, so that address spaces that use the same
   * addresses do not take each other's entries.
   */
  dataSlot = 0;
  /** Tag of fetches in the current context. */
  fetchKey = 0;

  readonly #memory: GuestMemory;
  readonly #bus: Bus;
  /** Keys of the address spaces, by `satp`, for each privilege; small integers as map keys allocate nothing. */
  readonly #keys: readonly Map<number, number>[] = [
    new Map<number, number>(),
    new Map<number, number>(),
  ];
  /** Key without translation; 0: none was handed out. */
  #bareKey = 0;
  /** The user's keys that were asked for last, by the low bits of the ASID; `satp` 0: none. */
  readonly #recentSatps = new Int32Array(RECENT_KEYS);
  readonly #recentKeys = new Int32Array(RECENT_KEYS);
  #nextKey = 1;
  #satp = 0;
  #privilege: number = MACHINE_MODE;
  #dataPrivilege: number = MACHINE_MODE;
  #sum = false;
  #mxr = false;

  constructor(memory: GuestMemory, bus: Bus) {
    this.#memory = memory;
    this.#bus = bus;
    this.#updateKeys();
  }

  /** Selects the address space and privilege of the following accesses. */
  setContext(satp: number, privilege: number, dataPrivilege: number): void {
    if (
      satp === this.#satp &&
      privilege === this.#privilege &&
      dataPrivilege === this.#dataPrivilege
    )
      return;
    this.#satp = satp | 0;
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
    if (sum === this.#sum && mxr === this.#mxr) return;
    this.#sum = sum;
    this.#mxr = mxr;
    this.flush();
  }

  /** `sfence.vma`: forgets every translation. */
  flush(): void {
    this.#forgetKeys();
    if (this.#nextKey > KEY_LIMIT - 4) this.#recycleKeys();
    this.#updateKeys();
  }

  #forgetKeys(): void {
    for (const keys of this.#keys) keys.clear();
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
    if (privilege === MACHINE_MODE || satp >= 0) {
      if (this.#bareKey === 0) this.#bareKey = this.#newKey();
      return this.#bareKey;
    }
    if (privilege !== USER_MODE) return this.#translatedKey(privilege, satp);
    const recent = (satp >>> SATP_ASID_SHIFT) & (RECENT_KEYS - 1);
    if (this.#recentSatps[recent] === satp) return this.#recentKeys[recent] ?? 0;
    const key = this.#translatedKey(privilege, satp);
    this.#recentSatps[recent] = satp;
    this.#recentKeys[recent] = key;
    return key;
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

  /** Translates; returns the physical address, or minus the cause of the fault. */
  translate(virtual: number, access: Access): number {
    const privilege = access === Access.fetch ? this.#privilege : this.#dataPrivilege;
    if (privilege === MACHINE_MODE || this.#satp >= 0) return virtual >>> 0;
    let table = (this.#satp & 0x3fffff) * 4096;
    for (let level = 1; level >= 0; level--) {
      const index = level === 1 ? virtual >>> 22 : (virtual >>> 12) & 0x3ff;
      const offset = this.#memory.offsetOf(table + index * 4);
      if (offset < 0) return -ACCESS_FAULT[access];
      const entry = this.#memory.words[offset >>> 2] ?? 0;
      if ((entry & PTE_V) === 0 || (entry & (PTE_R | PTE_W)) === PTE_W) return -PAGE_FAULT[access];
      if ((entry & (PTE_R | PTE_W | PTE_X)) === 0) {
        table = (entry >>> 10) * 4096;
        continue;
      }
      if (!this.#permits(entry, access, privilege)) return -PAGE_FAULT[access];
      if (level === 1) {
        if ((entry & MEGAPAGE_PPN_LOW) !== 0) return -PAGE_FAULT[access];
        const physical = (entry >>> 20) * 0x400000 + (virtual & 0x3fffff);
        return physical < PHYSICAL_LIMIT ? physical : -ACCESS_FAULT[access];
      }
      const physical = (entry >>> 10) * 4096 + (virtual & PAGE_MASK);
      return physical < PHYSICAL_LIMIT ? physical : -ACCESS_FAULT[access];
    }
    return -PAGE_FAULT[access];
  }

  #permits(entry: number, access: Access, privilege: number): boolean {
    // Accessed and dirty bits are the supervisor's business (Svade): a clear bit faults.
    if ((entry & PTE_A) === 0) return false;
    if (access === Access.fetch) {
      if ((entry & PTE_X) === 0) return false;
    } else if (access === Access.store) {
      if ((entry & (PTE_W | PTE_D)) !== (PTE_W | PTE_D)) return false;
    } else if ((entry & (this.#mxr ? PTE_R | PTE_X : PTE_R)) === 0) {
      return false;
    }
    const userPage = (entry & PTE_U) !== 0;
    if (privilege === 0) return userPage;
    return !userPage || (access !== Access.fetch && this.#sum);
  }

  /** Whether one byte could be accessed: 0, or the cause of the refusal. Device regions count as accessible. */
  probe(virtual: number, access: Access): number {
    const physical = this.translate(virtual, access);
    if (physical < 0) return -physical;
    if (this.#memory.offsetOf(physical) >= 0) return 0;
    const region = access === Access.fetch ? undefined : this.#bus.find(physical);
    if (region === undefined) return ACCESS_FAULT[access];
    return access === Access.store && region.device.readOnly === true ? Cause.storeAccessFault : 0;
  }

  /**
   * Loads 1, 2 or 4 bytes, not sign-extended, the slow way; fills the TLB.
   *
   * @returns the value, or 0 with {@link fault} set
   */
  read(virtual: number, size: number): number {
    this.fault = 0;
    if ((virtual & PAGE_MASK) + size > PAGE_MASK + 1) return this.#readSplit(virtual, size);
    const physical = this.translate(virtual, Access.load);
    if (physical < 0) return this.#refuse(-physical, virtual);
    const memory = this.#memory;
    const offset = memory.offsetOf(physical);
    if (offset < 0) {
      const value = this.#bus.read(physical, size);
      if (value === undefined) return this.#refuse(Cause.loadAccessFault, virtual);
      return size === 4 ? value | 0 : value & (size === 1 ? 0xff : 0xffff);
    }
    const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
    memory.readTags[slot] = (virtual & ~PAGE_MASK) | this.dataKey;
    memory.readOffsets[slot] = (offset - virtual) | 0;
    return readBytes(memory, offset, size);
  }

  #readSplit(virtual: number, size: number): number {
    let value = 0;
    for (let index = 0; index < size; index++) {
      value |= this.read((virtual + index) | 0, 1) << (8 * index);
      if (this.fault !== 0) return 0;
    }
    return value;
  }

  /** Stores the low 1, 2 or 4 bytes the slow way; sets {@link fault} and stores nothing where a byte is refused. */
  write(virtual: number, value: number, size: number): void {
    this.fault = 0;
    if ((virtual & PAGE_MASK) + size > PAGE_MASK + 1) {
      this.#writeSplit(virtual, value, size);
      return;
    }
    const physical = this.translate(virtual, Access.store);
    if (physical < 0) {
      this.#refuse(-physical, virtual);
      return;
    }
    const memory = this.#memory;
    const offset = memory.offsetOf(physical);
    if (offset < 0) {
      if (!this.#bus.write(physical, value, size)) this.#refuse(Cause.storeAccessFault, virtual);
      return;
    }
    if (memory.hasCode(offset)) {
      memory.invalidateCode(offset, size);
    } else {
      const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
      memory.writeTags[slot] = (virtual & ~PAGE_MASK) | this.dataKey;
      memory.writeOffsets[slot] = (offset - virtual) | 0;
    }
    for (let index = 0; index < size; index++) memory.bytes[offset + index] = value >>> (8 * index);
  }

  #writeSplit(virtual: number, value: number, size: number): void {
    // Both pages are checked before the first byte changes.
    for (let index = 0; index < size; index++) {
      const cause = this.probe((virtual + index) | 0, Access.store);
      if (cause !== 0) {
        this.#refuse(cause, virtual + index);
        return;
      }
    }
    for (let index = 0; index < size; index++) {
      this.write((virtual + index) | 0, value >>> (8 * index), 1);
      if (this.fault !== 0) return;
    }
  }

  #refuse(cause: number, virtual: number): 0 {
    this.fault = cause;
    this.faultAddress = virtual | 0;
    return 0;
  }

  /** Offset in the memory's buffer of an aligned word that may be loaded; -1 when the TLB does not know it. */
  cachedLoad(virtual: number): number {
    const slot = ((virtual >>> 12) ^ this.dataSlot) & TLB_MASK;
    const memory = this.#memory;
    if (memory.readTags[slot] !== ((virtual & ~PAGE_MASK) | this.dataKey)) return -1;
    return (virtual + (memory.readOffsets[slot] ?? 0)) | 0;
  }

  /** The decoded page at a virtual address, or `null` with {@link fault} set. */
  fetchPage(virtual: number): DecodedPage | null {
    const memory = this.#memory;
    const slot = ((virtual >>> 12) ^ (this.fetchKey << SLOT_SHIFT)) & TLB_MASK;
    const tag = (virtual & ~PAGE_MASK) | this.fetchKey;
    if (memory.fetchTags[slot] === tag) return memory.fetchPages[slot] ?? null;
    const physical = this.translate(virtual, Access.fetch);
    const offset = physical < 0 ? -1 : memory.offsetOf(physical);
    if (offset < 0) {
      this.#refuse(physical < 0 ? -physical : Cause.fetchAccessFault, virtual);
      return null;
    }
    const page = memory.decodedPage(offset);
    memory.fetchTags[slot] = tag;
    memory.fetchPages[slot] = page;
    return page;
  }
}

function readBytes(memory: GuestMemory, offset: number, size: number): number {
  const { bytes } = memory;
  const low = bytes[offset] ?? 0;
  if (size === 1) return low;
  const half = low | ((bytes[offset + 1] ?? 0) << 8);
  if (size === 2) return half;
  return half | ((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 24);
}
