import type { BootedSystem } from "@cantrip/assembly/riscv";
import { rootTableOf, threadOf } from "./threads.ts";

const PAGE_BYTES = 4096;
const MEGA_BYTES = 4 * 1024 * 1024;
const ENTRIES = 1024;
const Pte = { Valid: 1, Read: 2, Write: 4, Execute: 8 } as const;

/** Neighbouring pages with the same rights. */
export interface MappedRange {
  /** Virtual address, bytes. */
  readonly address: number;
  readonly size: number;
  /** `R`, `W` and `X`. */
  readonly rights: string;
  /** Physical address of a device's range; RAM has none, because where it lies means nothing. */
  readonly device?: number;
}

/** What a thread can reach, as its page tables say. */
export class AddressSpaceView {
  readonly owner: string;
  readonly ranges: readonly MappedRange[];
  constructor(owner: string, ranges: readonly MappedRange[]) {
    this.owner = owner;
    this.ranges = ranges;
  }

  /** The range that holds an address. */
  at(address: number): MappedRange | undefined {
    return this.ranges.find(
      (range) => address >= range.address && address < range.address + range.size,
    );
  }

  /** One line for each range; the same for the same system on every machine. */
  toString(): string {
    const lines = this.ranges.map(({ address, size, rights, device }) => {
      const end = address + size;
      const what = device === undefined ? "" : ` device 0x${device.toString(16)}`;
      return `  ${hex(address)}..${hex(end)} ${rights.padEnd(3)} ${size / PAGE_BYTES} pages${what}`;
    });
    return [`Address space of ${this.owner}`, ...lines].join("\n");
  }
}

/** Looks at the address space of a component, an application or a thread. @throws NoSuchThread */
export function addressSpaceOf(system: BootedSystem, owner: string): AddressSpaceView {
  const pages = mappedPages(system, rootTableOf(threadOf(system, owner)));
  const ranges: MappedRange[] = [];
  for (const page of pages) {
    const last = ranges.at(-1);
    if (last === undefined || !continues(last, page)) ranges.push(page);
    else ranges[ranges.length - 1] = { ...last, size: last.size + page.size };
  }
  return new AddressSpaceView(owner, ranges);
}

/** Physical address of the entry that maps a virtual address. @throws RangeError when nothing is mapped there */
export function leafEntryOf(system: BootedSystem, owner: string, address: number): number {
  const { machine } = system;
  const root = rootTableOf(threadOf(system, owner)) + Math.floor(address / MEGA_BYTES) * 4;
  const first = machine.readPhysical32(root);
  const isLeaf = (first & (Pte.Read | Pte.Write | Pte.Execute)) !== 0;
  const entry = isLeaf
    ? root
    : physicalOf(first) + (Math.floor(address / PAGE_BYTES) % ENTRIES) * 4;
  if ((first & Pte.Valid) === 0 || (machine.readPhysical32(entry) & Pte.Valid) === 0)
    throw new RangeError(`${owner} has nothing mapped at 0x${address.toString(16)}`);
  return entry;
}

/** Physical address behind a virtual one. @throws RangeError when nothing is mapped there */
export function physicalAddressOf(system: BootedSystem, owner: string, address: number): number {
  const entry = system.machine.readPhysical32(leafEntryOf(system, owner, address));
  return physicalOf(entry) + (address % PAGE_BYTES);
}

function mappedPages({ machine }: BootedSystem, root: number): MappedRange[] {
  const pages: MappedRange[] = [];
  const { base, size: ramBytes } = { base: machine.platform.ram.base, size: machine.ram.length };
  const add = (address: number, size: number, entry: number): void => {
    const paddr = physicalOf(entry);
    const isRam = paddr >= base && paddr < base + ramBytes;
    pages.push({ address, size, rights: rightsOf(entry), ...(isRam ? {} : { device: paddr }) });
  };
  for (let high = 0; high < ENTRIES / 2; high++) {
    const first = machine.readPhysical32(root + high * 4);
    if ((first & Pte.Valid) === 0) continue;
    if (rightsOf(first) !== "") {
      add(high * MEGA_BYTES, MEGA_BYTES, first);
      continue;
    }
    for (let low = 0; low < ENTRIES; low++) {
      const entry = machine.readPhysical32(physicalOf(first) + low * 4);
      if ((entry & Pte.Valid) !== 0) add(high * MEGA_BYTES + low * PAGE_BYTES, PAGE_BYTES, entry);
    }
  }
  return pages;
}

function continues(range: MappedRange, page: MappedRange): boolean {
  const isNext = range.address + range.size === page.address && range.rights === page.rights;
  if (range.device === undefined || page.device === undefined)
    return isNext && range.device === page.device;
  return isNext && range.device + range.size === page.device;
}

function physicalOf(entry: number): number {
  return (entry >>> 10) * PAGE_BYTES;
}

function rightsOf(entry: number): string {
  return [
    (entry & Pte.Read) === 0 ? "" : "R",
    (entry & Pte.Write) === 0 ? "" : "W",
    (entry & Pte.Execute) === 0 ? "" : "X",
  ].join("");
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}
