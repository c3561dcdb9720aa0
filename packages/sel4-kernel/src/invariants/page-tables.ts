import { powerOfTwo } from "@cantrip/sel4-config";
import { CapType, VmRights } from "../objects.ts";
import {
  indexBits,
  PAGE_BITS,
  PTE_LEAF,
  PTE_READ,
  PTE_USER,
  PTE_WRITE,
  paddrOf,
} from "../page-tables.ts";
import {
  hex,
  type InvariantView,
  isEmptyTable,
  type KernelInvariant,
  nameOfSlot,
  type Report,
} from "./view.ts";

/**
 * Page tables in memory against capabilities. A capability may be stale, as in seL4: it says that it is mapped where
 * its page table, address space or pool is gone. The reverse is not: every entry in memory has its capability.
 */
export const pageTableInvariants: readonly KernelInvariant[] = [
  {
    name: "valid_asid_table",
    with: ["valid_asid_map"],
    states: "registered ASID pools exist, each under one index",
    here: "the index that the pool has; ASID 0 is not used",
    check: ({ kernel }, report) => {
      kernel.asidPools.forEach((pool, index) => {
        if (pool === null) return;
        if (pool.index !== index || kernel.objectsByPaddr.get(pool.paddr) !== pool)
          report(`ASID pool ${pool.index} is registered as ${index}`);
        if (index === 0 && pool.roots[0] !== 0) report("ASID 0 is in use");
      });
    },
  },
  {
    name: "valid_asid_pool_caps",
    with: [],
    states: "a registered ASID pool has a capability",
    here: "and the other way round: a pool with a capability is registered",
    check: ({ kernel, slots }, report) => {
      const named = new Set<unknown>();
      for (const { cap } of slots) {
        if (cap.type !== CapType.AsidPool) continue;
        named.add(cap.object);
        if (!kernel.asidPools.includes(cap.object))
          report(`ASID pool ${cap.object.index} is not registered`);
      }
      for (const pool of kernel.asidPools)
        if (pool !== null && !named.has(pool)) report(`ASID pool ${pool.index} has no capability`);
    },
  },
  {
    name: "valid_vspace_objs",
    with: ["valid_pte", "equal_kernel_mappings"],
    states:
      "entries of page tables name pages of their size or tables of the next level, with rights that the machine knows; the part of the address space that is the kernel's is the same everywhere",
    here: "a root names mega pages and tables, a table names pages; nothing is mapped from the user's top on",
    check: checkEntries,
  },
  {
    name: "valid_vs_lookup",
    with: ["valid_arch_caps"],
    states:
      "for whatever an address space reaches there is a capability that says it is mapped there",
    here: "with the right to write, if the entry gives it",
    check: checkLookups,
  },
  {
    name: "valid_table_caps",
    with: [],
    states: "a page table that is not mapped is empty",
    here: "",
    check: ({ kernel, tables }, report) => {
      for (const { slot, cap } of tables)
        if (!cap.isMapped && !isEmptyTable(kernel, cap.paddr))
          report(`${nameOfSlot(slot)}: table ${hex(cap.paddr)} has entries`);
    },
  },
  {
    name: "unique_table_caps",
    with: [],
    states: "a page table that is not mapped has one capability",
    here: "",
    check: ({ tables }, report) => {
      const seen = new Set<number>();
      for (const { slot, cap } of tables) {
        if (cap.isMapped) continue;
        if (seen.has(cap.paddr)) report(`${nameOfSlot(slot)} is the second to ${hex(cap.paddr)}`);
        seen.add(cap.paddr);
      }
    },
  },
  {
    name: "unique_table_refs",
    with: [],
    states: "all capabilities to a page table say the same of where it is mapped",
    here: "",
    check: ({ tables }, report) => {
      const where = new Map<number, string>();
      for (const { slot, cap } of tables) {
        const place = cap.isMapped ? `${cap.asid} ${cap.vaddr}` : "nowhere";
        if ((where.get(cap.paddr) ?? place) !== place)
          report(`${nameOfSlot(slot)}: table ${hex(cap.paddr)} is mapped in two places`);
        where.set(cap.paddr, place);
      }
    },
  },
  {
    name: "wellformed_mapdata",
    with: ["valid_cap"],
    states: "a mapped capability names an aligned address in the user's part and an ASID",
    here: "",
    check: checkMappingData,
  },
  {
    name: "valid_global_vspace_mappings",
    with: ["valid_global_tables"],
    states: "the global page table maps what is the kernel's and nothing of the user's",
    here: "nothing at all: the model's kernel is not in the address space",
    check: ({ kernel }, report) => {
      if (!isEmptyTable(kernel, kernel.globalRoot)) report("it has entries");
    },
  },
];

function checkEntries({ kernel, entries }: InvariantView, report: Report): void {
  for (const { asid, vaddr, pte, bits } of entries) {
    const where = `ASID ${asid} at ${hex(vaddr)}: ${hex(pte)}`;
    const isLeaf = (pte & PTE_LEAF) !== 0;
    if (vaddr >= kernel.config.settings.userTop) report(`${where} is beyond the user's part`);
    if (isLeaf && (pte & PTE_USER) === 0) report(`${where} is not the user's`);
    if ((pte & PTE_WRITE) !== 0 && (pte & PTE_READ) === 0) report(`${where} is writable only`);
    if (isLeaf && paddrOf(pte) % powerOfTwo(bits) !== 0) report(`${where} is not aligned`);
    if (bits === PAGE_BITS && !isLeaf) report(`${where} names a table below a table`);
  }
}

function checkLookups({ kernel, entries, frames, tables }: InvariantView, report: Report): void {
  const mapped = new Map<string, boolean>();
  for (const { cap } of frames) {
    if (cap.asid === 0) continue;
    const key = `${cap.asid} ${cap.vaddr} ${cap.paddr} ${cap.sizeBits}`;
    mapped.set(key, mapped.get(key) === true || cap.rights === VmRights.ReadWrite);
  }
  for (const { cap } of tables)
    if (cap.isMapped) mapped.set(`${cap.asid} ${cap.vaddr} ${cap.paddr}`, false);
  kernel.asidPools.forEach((pool, high) => {
    pool?.roots.forEach((root, low) => {
      const asid = high * pool.roots.length + low;
      if (root !== 0 && !mapped.has(`${asid} 0 ${root}`))
        report(`ASID ${asid}: root ${hex(root)} has no capability`);
    });
  });
  for (const { asid, vaddr, pte, bits } of entries) {
    const isLeaf = (pte & PTE_LEAF) !== 0;
    // A pointer to a table from a table is no valid entry.
    if (!isLeaf && bits === PAGE_BITS) continue;
    const place = `${asid} ${vaddr} ${paddrOf(pte)}`;
    const canWrite = mapped.get(isLeaf ? `${place} ${bits}` : place);
    const where = `ASID ${asid} at ${hex(vaddr)}: ${hex(paddrOf(pte))}`;
    if (canWrite === undefined) report(`${where} has no capability`);
    else if (isLeaf && (pte & PTE_WRITE) !== 0 && !canWrite)
      report(`${where} is writable, its capability is not`);
  }
}

function checkMappingData({ kernel, frames, tables }: InvariantView, report: Report): void {
  const { config } = kernel;
  const { userTop, asidPoolEntries, numAsidPools } = config.settings;
  for (const { slot, cap } of [...frames, ...tables]) {
    const isFrame = cap.type === CapType.Frame;
    if (isFrame ? cap.asid === 0 : !cap.isMapped) continue;
    const bytes = powerOfTwo(isFrame ? cap.sizeBits : PAGE_BITS + indexBits(config));
    const isFine =
      cap.vaddr % bytes === 0 &&
      // Of the last table's part of Sv39 the last page is nobody's.
      (isFrame ? cap.vaddr + bytes <= userTop : cap.vaddr < userTop) &&
      cap.asid > 0 &&
      cap.asid < asidPoolEntries * numAsidPools;
    if (!isFine) report(`${nameOfSlot(slot)} says ASID ${cap.asid} at ${hex(cap.vaddr)}`);
  }
}
