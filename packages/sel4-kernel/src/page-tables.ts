import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import { VmRights } from "./objects.ts";
import type { KernelState } from "./state.ts";

export const PAGE_BITS = 12;
const PAGE_BYTES = 4096;
export const PTE_VALID = 1;
export const PTE_READ = 2;
export const PTE_WRITE = 4;
const PTE_EXECUTE = 8;
export const PTE_USER = 0x10;
const PTE_ACCESSED_DIRTY = 0xc0;
export const PTE_LEAF: number = PTE_READ | PTE_WRITE | PTE_EXECUTE;
/** The page number in an entry begins at bit 10: an address of a page, divided by this. */
const ADDRESS_TO_PTE = 4;
const TWO_32 = 2 ** 32;

/** log2 of the entries of a page table: 1024 in Sv32, 512 in Sv39. */
export function indexBits({ sizeBits }: KernelConfig): number {
  return sizeBits.pageTable - sizeBits.pageTableEntry;
}

/** log2 of the bytes that one entry of a root table covers. */
export function rootEntryBits(config: KernelConfig): number {
  return PAGE_BITS + (config.settings.pageTableLevels - 1) * indexBits(config);
}

/** Entry of an address in its table, of which each entry covers `2 ** bits` bytes. */
export function entryIndex(config: KernelConfig, vaddr: number, bits: number): number {
  // User addresses have at most 38 bits: what is left of them is an integer of 31.
  return Math.floor(vaddr / powerOfTwo(bits)) & (powerOfTwo(indexBits(config)) - 1);
}

/** Address of an entry. */
export function entryAddress({ wordBytes }: KernelState, table: number, index: number): number {
  return table + index * wordBytes;
}

/** Reads an entry. Those that the kernel writes are exact numbers: the uppermost ten bits are 0 in Sv39. */
export function readEntry(kernel: KernelState, address: number): number {
  const low = kernel.port.readWord(address);
  return kernel.is64 ? low + kernel.port.readWord(address + 4) * TWO_32 : low;
}

export function writeEntry(kernel: KernelState, address: number, pte: number): void {
  kernel.port.writeWord(address, pte >>> 0);
  if (kernel.is64) kernel.port.writeWord(address + 4, Math.floor(pte / TWO_32));
}

function pteOf(paddr: number, flags: number): number {
  return paddr / ADDRESS_TO_PTE + flags;
}

/** Physical address that an entry names. */
export function paddrOf(pte: number): number {
  return Math.floor(pte / 1024) * PAGE_BYTES;
}

/** Whether an entry names a table. */
export function isTablePte(pte: number): boolean {
  return (pte & PTE_VALID) !== 0 && (pte & PTE_LEAF) === 0;
}

/** The entry of a user page (`makeUserPTE`); 0 when it would permit nothing. */
export function leafPte(paddr: number, rights: VmRights, executeNever: boolean): number {
  const read = rights === VmRights.KernelOnly ? 0 : PTE_READ;
  const write = rights === VmRights.ReadWrite ? PTE_WRITE : 0;
  const execute = executeNever ? 0 : PTE_EXECUTE;
  const access = read | write | execute;
  return access === 0 ? 0 : pteOf(paddr, access | PTE_VALID | PTE_USER | PTE_ACCESSED_DIRTY);
}

/** An entry that names a table. The fork sets what is reserved there: accessed and dirty. */
export function tablePte({ config }: KernelState, table: number): number {
  return pteOf(table, config.cantripFork ? PTE_VALID | PTE_ACCESSED_DIRTY : PTE_VALID);
}

/** Where the walk for an address ends: the entry's address, and log2 of what it covers. */
interface Walk {
  readonly entry: number;
  readonly bitsLeft: number;
}

/** Follows page tables as far as they go (`lookupPTSlot`). */
export function walk(kernel: KernelState, root: number, vaddr: number): Walk {
  const { config } = kernel;
  let bitsLeft = rootEntryBits(config);
  let entry = entryAddress(kernel, root, entryIndex(config, vaddr, bitsLeft));
  while (bitsLeft > PAGE_BITS) {
    const pte = readEntry(kernel, entry);
    if (!isTablePte(pte)) break;
    bitsLeft -= indexBits(config);
    entry = entryAddress(kernel, paddrOf(pte), entryIndex(config, vaddr, bitsLeft));
  }
  return { entry, bitsLeft };
}

/** The entry that names a table on the way to an address; `undefined` when none does, or the table is the root. */
export function entryOfTable(
  kernel: KernelState,
  root: number,
  vaddr: number,
  table: number,
): number | undefined {
  const { config } = kernel;
  let at = root;
  for (let bits = rootEntryBits(config); bits > PAGE_BITS; bits -= indexBits(config)) {
    const entry = entryAddress(kernel, at, entryIndex(config, vaddr, bits));
    const pte = readEntry(kernel, entry);
    if (!isTablePte(pte)) return undefined;
    at = paddrOf(pte);
    if (at === table) return entry;
  }
  return undefined;
}
