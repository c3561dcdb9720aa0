import { powerOfTwo } from "@cantrip/sel4-config";
import { hex, kernelPointer, threadPointer } from "./kernel-pointer.ts";
import { capOf, lookupSlot } from "./lookup.ts";
import {
  type Cap,
  CapType,
  CONTEXT_FAULT_PC,
  highOf,
  type Tcb,
  TcbSlot,
  wordOf,
} from "./objects.ts";
import {
  capText,
  cnodeAttributes,
  endpointAttributes,
  entryName,
  entryRights,
  frameAt,
  objectText,
} from "./snapshot-caps.ts";
import type { KernelState } from "./state.ts";
import {
  entryAddress,
  indexBits,
  PAGE_BITS,
  PTE_LEAF,
  PTE_VALID,
  paddrOf,
  readEntry,
  rootEntryBits,
} from "./page-tables.ts";
import { findRoot } from "./vspace.ts";

/** Capabilities that the kernel remembers to have printed (`SEEN_SZ`). */
const MAX_SEEN = 256;
const STACK_POINTER = 2;

/** The dump of `seL4_DebugSnapshot` in the kernel's dialect of capDL (`debug_capDL`). */
export function snapshotText(kernel: KernelState): string {
  const objects = new SnapshotWriter(kernel);
  objects.objects();
  const caps = new SnapshotWriter(kernel);
  caps.caps();
  const parts = ["arch riscv\nobjects {\n", objects.text, "}\ncaps {\n", caps.text, "}\n"];
  return parts.join("") + irqMaps(kernel);
}

/** `obj_irq_print_maps` */
function irqMaps(kernel: KernelState): string {
  const lines = kernel.irqSlots
    .filter(({ cap, index }) => kernel.irqActive[index] === true && cap.type !== CapType.Null)
    .map(({ index }) => `${index}: 0x${hex(index)}_0_irq\n`);
  return `irq maps {\n${lines.join("")}}\n`;
}

/** An entry of a page table that maps something. */
interface Entry {
  readonly address: number;
  readonly index: number;
  readonly pte: number;
}

/** Writes one of the two sections; each shows a CSpace or an address space only once. */
class SnapshotWriter {
  text = "";
  readonly #kernel: KernelState;
  readonly #seen: Cap[] = [];

  constructor(kernel: KernelState) {
    this.#kernel = kernel;
  }

  /** `print_objects` */
  objects(): void {
    for (const tcb of this.#threads()) {
      const root = this.#newVSpace(tcb);
      if (root === 0) continue;
      this.text += `${this.#name(root)}_pd = pt\n`;
      this.#tableObjects(root, rootEntryBits(this.#kernel.config));
    }
    for (const tcb of this.#threads()) {
      this.text += `${threadPointer(this.#kernel, tcb)}_tcb = tcb ${this.#threadAttributes(tcb)}`;
      const cspace = capOf(tcb, TcbSlot.CTable);
      if (cspace.type !== CapType.CNode || this.#isSeen(cspace)) continue;
      const { paddr, radix } = cspace.object;
      this.text += `${this.#name(paddr)}_cnode = cnode (${radix} bits)\n`;
      for (const [, cap] of this.#capsOf(tcb, radix)) this.text += objectText(this.#kernel, cap);
    }
  }

  /** `print_caps` */
  caps(): void {
    for (const tcb of this.#threads()) {
      this.#cnodeSlots(tcb);
      const root = this.#newVSpace(tcb);
      if (root !== 0)
        this.#tableSlots(`${this.#name(root)}_pd`, root, rootEntryBits(this.#kernel.config));
      this.#threadSlots(tcb);
    }
  }

  /** All threads but the initial and the idle thread, newest first. */
  *#threads(): Generator<Tcb> {
    for (let tcb = this.#kernel.debugThreads; tcb !== null; tcb = tcb.debugNext)
      if (tcb.name !== "rootserver" && tcb.name !== "idle_thread") yield tcb;
  }

  #name(paddr: number): string {
    return kernelPointer(this.#kernel, paddr);
  }

  /** Whether an equal capability was shown before; it counts as shown from now on. */
  #isSeen(cap: Cap): boolean {
    if (this.#seen.some((seen) => isSameCap(seen, cap))) return true;
    if (this.#seen.length < MAX_SEEN) this.#seen.push(cap);
    return false;
  }

  /** Root table of a thread's address space; 0 for none, or one that was shown. */
  #newVSpace(tcb: Tcb): number {
    const cap = capOf(tcb, TcbSlot.VTable);
    return cap.type === CapType.PageTable && cap.isMapped && !this.#isSeen(cap) ? cap.paddr : 0;
  }

  /** What the first CPtrs of a thread name, as many as its root CNode has slots. */
  *#capsOf(tcb: Tcb, radix: number): Generator<readonly [cptr: number, cap: Cap]> {
    for (let cptr = 0; cptr < powerOfTwo(radix); cptr++) {
      const cap = lookupSlot(this.#kernel, tcb, cptr, 0)?.cap;
      if (cap !== undefined && cap.type !== CapType.Null) yield [cptr, cap];
    }
  }

  *#entries(table: number): Generator<Entry> {
    for (let index = 0; index < powerOfTwo(indexBits(this.#kernel.config)); index++) {
      const address = entryAddress(this.#kernel, table, index);
      const pte = readEntry(this.#kernel, address);
      if ((pte & PTE_VALID) !== 0) yield { address, index, pte };
    }
  }

  /** `riscv_obj_pt_print_slots` */
  #tableObjects(table: number, bits: number): void {
    for (const { address, index, pte } of this.#entries(table)) {
      const name = entryName(this.#kernel, address, index);
      if (bits > PAGE_BITS && (pte & PTE_LEAF) === 0) {
        this.text += `pt_${name} = pt\n`;
        this.#tableObjects(paddrOf(pte), bits - indexBits(this.#kernel.config));
      } else {
        // The kernel prints the page number as if it were the address.
        this.text += `frame_${name} = frame (4k, paddr: 0x${pageNumber(pte)})\n`;
      }
    }
  }

  /** `riscv_cap_pt_print_slots` */
  #tableSlots(title: string, table: number, bits: number): void {
    this.text += `${title} {\n`;
    const tables: Entry[] = [];
    for (const entry of this.#entries(table)) {
      const { address, index, pte } = entry;
      const name = entryName(this.#kernel, address, index);
      if (bits > PAGE_BITS && (pte & PTE_LEAF) === 0) {
        this.text += `0x${hex(index)}: pt_${name}\n`;
        tables.push(entry);
      } else {
        this.text += `0x${hex(index)}: frame_${name}${entryRights(pte)}`;
      }
    }
    this.text += "}\n";
    const below = bits - indexBits(this.#kernel.config);
    for (const { address, index, pte } of tables)
      this.#tableSlots(`pt_${entryName(this.#kernel, address, index)}`, paddrOf(pte), below);
  }

  /** `obj_tcb_print_attrs` */
  #threadAttributes(tcb: Tcb): string {
    const word = (index: number): string =>
      hex(wordOf(tcb.context, index), highOf(tcb.context, index));
    const ip = word(CONTEXT_FAULT_PC);
    const sp = word(STACK_POINTER);
    const handler = capOf(tcb, TcbSlot.FaultHandler);
    const fault =
      handler.type === CapType.Endpoint ? `, fault_ep: ${this.#name(handler.object.paddr)}` : "";
    const priorities = `prio: ${tcb.priority}, max_prio: ${tcb.maxControlledPriority}`;
    const registers = `addr: 0x${hex(tcb.ipcBuffer)}, ip: 0x${ip}, sp: 0x${sp}`;
    return `(${registers}, ${priorities}${fault}, dom: ${tcb.domain})\n`;
  }

  /** `obj_cnode_print_slots` */
  #cnodeSlots(tcb: Tcb): void {
    const cspace = capOf(tcb, TcbSlot.CTable);
    if (cspace.type !== CapType.CNode || this.#isSeen(cspace)) return;
    const { paddr, radix } = cspace.object;
    let handlers = "";
    this.text += `${this.#name(paddr)}_cnode {\n`;
    for (const [cptr, cap] of this.#capsOf(tcb, radix)) {
      this.text += `0x${hex(cptr)}: ${capText(this.#kernel, cap)}`;
      if (cap.type === CapType.IrqHandler) handlers += this.#irqSlots(cap.irq);
    }
    this.text += `}\n${handlers}`;
  }

  /** `obj_irq_print_slots` */
  #irqSlots(irq: number): string {
    const notification = this.#kernel.irqSlots[irq]?.cap;
    const isBound = notification !== undefined && notification.type !== CapType.Null;
    const slot = isBound ? `0x0: ${capText(this.#kernel, notification)}` : "";
    return `0x${hex(irq)}_0_irq {\n${slot}}\n`;
  }

  /** `obj_tcb_print_slots` */
  #threadSlots(tcb: Tcb): void {
    const cspace = capOf(tcb, TcbSlot.CTable);
    const vspace = capOf(tcb, TcbSlot.VTable);
    const buffer = capOf(tcb, TcbSlot.Buffer);
    const faults = capOf(tcb, TcbSlot.FaultHandler);
    const timeouts = capOf(tcb, TcbSlot.TimeoutHandler);
    this.text += `${threadPointer(this.#kernel, tcb)}_tcb {\n`;
    if (cspace.type === CapType.CNode)
      this.text += `cspace: ${this.#name(cspace.object.paddr)}_cnode ${cnodeAttributes(cspace)}`;
    if (vspace.type === CapType.PageTable) this.text += `vspace: ${this.#name(vspace.paddr)}_pd\n`;
    const root = vspace.type === CapType.PageTable ? findRoot(this.#kernel, vspace.asid) : 0;
    if (buffer.type !== CapType.Null && root !== 0)
      this.text += `ipc_buffer_slot: ${frameAt(this.#kernel, root, tcb.ipcBuffer)}`;
    this.#handlerSlot("fault_ep_slot", faults);
    if (tcb.schedContext !== null)
      this.text += `sc_slot: ${this.#name(tcb.schedContext.paddr)}_sc\n`;
    this.#handlerSlot("temp_fault_ep_slot", timeouts);
    this.text += "}\n";
  }

  #handlerSlot(title: string, cap: Cap): void {
    if (cap.type !== CapType.Endpoint) return;
    this.text += `${title}: ${this.#name(cap.object.paddr)}_ep ${endpointAttributes(cap)}`;
  }
}

function pageNumber(pte: number): string {
  return `0x${hex(Math.floor(pte / 1024)).padStart(8, "0")}`;
}

/** Whether two capabilities of CNodes or page tables are made of the same words. */
function isSameCap(a: Cap, b: Cap): boolean {
  if (a.type === CapType.CNode && b.type === CapType.CNode)
    return (
      a.object === b.object &&
      a.guard === b.guard &&
      a.guardHigh === b.guardHigh &&
      a.guardSize === b.guardSize
    );
  if (a.type === CapType.PageTable && b.type === CapType.PageTable)
    return a.paddr === b.paddr && a.asid === b.asid && a.vaddr === b.vaddr;
  return false;
}
