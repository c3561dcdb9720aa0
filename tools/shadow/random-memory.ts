import { CapType } from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import type { Operation } from "./operation.ts";
import { DEPTH, PAGES, ROOT, type RandomSlots } from "./random-slots.ts";

const PAGE_BYTES = 0x1000;
const ASID_POOL_BITS = 12;

/** Invocations of frames, page tables and ASIDs. */
export function drawMemory(slots: RandomSlots): Operation {
  const { random, model } = slots;
  const { label } = model.config;
  const vaddr = random.onceIn(3)
    ? PAGES + random.below(0x800) * PAGE_BYTES
    : PAGES + random.below(24) * PAGE_BYTES;
  const frame = slots.of(CapType.Frame, ({ asid }) => asid === 0 || random.onceIn(3));
  const table = slots.of(CapType.PageTable, ({ isMapped }) => !isMapped || random.onceIn(4));
  const map = (rights: number, attributes: number): Operation =>
    slots.invoke(
      "Page_Map",
      frame,
      label.riscvPageMap,
      [vaddr, rights, attributes],
      [slots.vspace()],
    );
  return random.of([
    () => map(random.onceIn(4) ? random.below(4) : 3, random.below(2)),
    () => map(3, 0),
    () => slots.invoke("Page_Unmap", slots.of(CapType.Frame), label.riscvPageUnmap),
    () => slots.invoke("Page_GetAddress", slots.of(CapType.Frame), label.riscvPageGetAddress),
    ...[1, 2].map(
      () => () =>
        slots.invoke(
          "PageTable_Map",
          table,
          label.riscvPageTableMap,
          [(random.below(64) << 22) >>> 0, 0],
          [slots.vspace()],
        ),
    ),
    () =>
      slots.invoke(
        "PageTable_Unmap",
        slots.of(CapType.PageTable, ({ vaddr: at }) => at !== 0),
        label.riscvPageTableUnmap,
      ),
    () =>
      slots.invoke(
        "ASIDControl_MakePool",
        InitialCap.AsidControl,
        label.riscvASIDControlMakePool,
        [slots.free(), DEPTH],
        [slots.of(CapType.Untyped, ({ sizeBits }) => sizeBits === ASID_POOL_BITS), ROOT],
      ),
    () =>
      slots.invoke(
        "ASIDPool_Assign",
        random.onceIn(2) ? InitialCap.InitThreadAsidPool : slots.of(CapType.AsidPool),
        label.riscvASIDPoolAssign,
        [],
        [table],
      ),
  ])();
}
