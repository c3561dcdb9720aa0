import { Access } from "./access.ts";
import { Cause, Privilege } from "./cause.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { Pmp } from "./pmp.ts";

const PAGE_BYTES = 4096;
const PAGE_MASK = PAGE_BYTES - 1;
const TWO_32 = 0x1_0000_0000;
const Pte = { v: 1, r: 2, w: 4, x: 8, u: 16, a: 64, d: 128 } as const;
const LEAF = Pte.r | Pte.w | Pte.x;
/** Page numbers have 22 bits on RV32 and 44 on RV64. */
const SATP_PAGE = 0x3fffff;
const SATP_PAGE_HIGH = 0xfff;
const SV32_LEVELS = 2;
const SV39_LEVELS = 3;
/** Reserved bits of an entry of Sv39, in its upper half: 63:54. */
const SV39_RESERVED_HIGH = 0xffc00000 | 0;
/** What a physical address on RV32 stays below: there is nothing above. */
const PHYSICAL_LIMIT = 2 ** 32;

const PAGE_FAULT = [Cause.loadPageFault, Cause.storePageFault, Cause.fetchPageFault] as const;
const ACCESS_FAULT = [
  Cause.loadAccessFault,
  Cause.storeAccessFault,
  Cause.fetchAccessFault,
] as const;

/** Walks page tables: Sv32 and Sv39. */
export class PageWalk {
  /** `mstatus.SUM` and `mstatus.MXR`. */
  sum = false;
  mxr = false;
  readonly #memory: GuestMemory;
  readonly #pmp: Pmp;
  /** Sets accessed and dirty bits (Svadu); otherwise a clear bit is a page fault (Svade). */
  readonly #updatesEntries: boolean;

  constructor(memory: GuestMemory, pmp: Pmp, updatesEntries: boolean) {
    this.#memory = memory;
    this.#pmp = pmp;
    this.#updatesEntries = updatesEntries;
  }

  /** Translates by Sv32; returns the physical address, or minus the cause of the fault. */
  sv32(virtual: number, access: Access, privilege: number, satp: number): number {
    let table = (satp & SATP_PAGE) * PAGE_BYTES;
    for (let level = SV32_LEVELS - 1; level >= 0; level--) {
      const at = table + (level === 1 ? virtual >>> 22 : (virtual >>> 12) & 0x3ff) * 4;
      const offset = this.#entryOffset(at, 4);
      if (offset < 0) return -ACCESS_FAULT[access];
      const entry = this.#memory.words[offset >>> 2] ?? 0;
      if (!isValid(entry)) return -PAGE_FAULT[access];
      const page = entry >>> 10;
      if ((entry & LEAF) === 0) {
        table = page * PAGE_BYTES;
        continue;
      }
      if (level === 1 && (page & 0x3ff) !== 0) return -PAGE_FAULT[access];
      const cause = this.#use(entry, at, offset, access, privilege);
      if (cause !== 0) return -cause;
      const inPage = level === 1 ? virtual & 0x3fffff : virtual & PAGE_MASK;
      const physical = page * PAGE_BYTES + inPage;
      return physical < PHYSICAL_LIMIT ? physical : -ACCESS_FAULT[access];
    }
    return -PAGE_FAULT[access];
  }

  /** Translates by Sv39; returns the physical address, or minus the cause of the fault. */
  sv39(
    virtual: number,
    high: number,
    access: Access,
    privilege: number,
    satp: number,
    satpHigh: number,
  ): number {
    // Bits 63 to 39 are copies of bit 38.
    if ((high << 25) >> 25 !== high) return -PAGE_FAULT[access];
    let table = ((satpHigh & SATP_PAGE_HIGH) * TWO_32 + (satp >>> 0)) * PAGE_BYTES;
    for (let level = SV39_LEVELS - 1; level >= 0; level--) {
      const at = table + indexAt(virtual, high, level) * 8;
      const offset = this.#entryOffset(at, 8);
      if (offset < 0) return -ACCESS_FAULT[access];
      const entry = this.#memory.words[offset >>> 2] ?? 0;
      const entryHigh = this.#memory.words[(offset >>> 2) + 1] ?? 0;
      if (!isValid(entry) || (entryHigh & SV39_RESERVED_HIGH) !== 0) return -PAGE_FAULT[access];
      const page = (entryHigh & ~SV39_RESERVED_HIGH) * 2 ** 22 + (entry >>> 10);
      if ((entry & LEAF) === 0) {
        if ((entry & (Pte.a | Pte.d | Pte.u)) !== 0) return -PAGE_FAULT[access];
        table = page * PAGE_BYTES;
        continue;
      }
      const pages = 512 ** level;
      if (page % pages !== 0) return -PAGE_FAULT[access];
      const cause = this.#use(entry, at, offset, access, privilege);
      if (cause !== 0) return -cause;
      // 30 bits at most, of which a superpage takes more than the page does.
      return page * PAGE_BYTES + (virtual & (pages * PAGE_BYTES - 1));
    }
    return -PAGE_FAULT[access];
  }

  /** Where an entry of a table is in the buffer; -1 outside RAM, or where protection refuses. */
  #entryOffset(at: number, bytes: number): number {
    const pmp = this.#pmp;
    if (pmp.isActive && !pmp.permits(at, bytes, Access.load, Privilege.supervisor)) return -1;
    return this.#memory.offsetOf(at);
  }

  /** Checks the permissions of a leaf, and sets its accessed and dirty bits; returns 0, or the cause of a refusal. */
  #use(entry: number, at: number, offset: number, access: Access, privilege: number): number {
    if (!this.#permits(entry, access, privilege)) return PAGE_FAULT[access];
    const wanted = access === Access.store ? Pte.a | Pte.d : Pte.a;
    if ((entry & wanted) === wanted) return 0;
    if (!this.#updatesEntries) return PAGE_FAULT[access];
    const pmp = this.#pmp;
    if (pmp.isActive && !pmp.permits(at, 4, Access.store, Privilege.supervisor)) {
      return ACCESS_FAULT[access];
    }
    if (this.#memory.hasCode(offset)) this.#memory.invalidateCode(offset, 4);
    this.#memory.words[offset >>> 2] = entry | wanted;
    return 0;
  }

  #permits(entry: number, access: Access, privilege: number): boolean {
    if (access === Access.fetch) {
      if ((entry & Pte.x) === 0) return false;
    } else if (access === Access.store) {
      if ((entry & Pte.w) === 0) return false;
    } else if ((entry & (this.mxr ? Pte.r | Pte.x : Pte.r)) === 0) {
      return false;
    }
    const userPage = (entry & Pte.u) !== 0;
    if (privilege === Privilege.user) return userPage;
    return !userPage || (access !== Access.fetch && this.sum);
  }
}

/** Writable and not readable is reserved. */
function isValid(entry: number): boolean {
  return (entry & Pte.v) !== 0 && (entry & (Pte.r | Pte.w)) !== Pte.w;
}

/** Index into the table of a level of Sv39. */
function indexAt(virtual: number, high: number, level: number): number {
  if (level === 0) return (virtual >>> 12) & 0x1ff;
  if (level === 1) return (virtual >>> 21) & 0x1ff;
  return ((high & 0x7f) << 2) | (virtual >>> 30);
}
