import { loadElf, type Machine } from "@cantrip/hw-riscv";
import { SbiFirmware } from "@cantrip/hw-riscv/sbi";
import type { InitialTaskImage } from "../initial-task.ts";
import type { CreatedMachine } from "./create-machine.ts";
import type { KernelImage } from "./kernel-image.ts";
import type { PhysicalRange } from "./system-platform.ts";

const PAGE_BYTES = 4096;
const WORD_BYTES = 4;
const A0 = 10;
const MEGA_BITS = 22;
/** Entries of an Sv32 table. */
const TABLE_ENTRIES = 1024;
/** Of a page table entry: valid, readable, writable, executable, accessed, dirty. */
const KERNEL_LEAF = 0xcf;
/** `satp.MODE` = Sv32. */
const SATP_SV32 = 0x80000000;

/** Where everything lies in RAM when a kernel image starts. */
export interface KernelImageLayout {
  readonly kernel: KernelImage;
  /** The flattened device tree, in the page behind the kernel; `undefined` on a board without one. */
  readonly deviceTree: { readonly paddr: number; readonly bytes: Uint8Array } | undefined;
  /** The initial task's image, in the page behind that. */
  readonly task: InitialTaskImage;
  readonly taskPaddr: number;
  /** The page behind it: the root table that the kernel starts with, until it has made its own. */
  readonly tablePaddr: number;
}

/**
 * Places everything that a boot loader places.
 *
 * @throws RangeError when RAM cannot hold it
 */
export function layOutKernelImage(
  kernel: KernelImage,
  task: InitialTaskImage,
  deviceTree: Uint8Array | undefined,
  ram: PhysicalRange,
): KernelImageLayout {
  const treePaddr = kernel.end;
  const taskPaddr = treePaddr + pageAlign(deviceTree?.length ?? 0);
  const tablePaddr = taskPaddr + task.bytes.length;
  if (tablePaddr + PAGE_BYTES > ram.base + ram.size) {
    throw new RangeError(
      `${ram.size} bytes of RAM cannot hold the kernel and an initial task of ${task.bytes.length} bytes`,
    );
  }
  return {
    ...{ kernel, task, taskPaddr, tablePaddr },
    deviceTree: deviceTree === undefined ? undefined : { paddr: treePaddr, bytes: deviceTree },
  };
}

/**
 * What the security core's boot ROM tells CantripOS's kernel: the bytes that follow, first and last address of the
 * initial task's image, physical minus virtual address, and entry.
 */
export function bootMessageOf({ task, taskPaddr }: KernelImageLayout): readonly number[] {
  const words = [
    taskPaddr,
    taskPaddr + task.bytes.length,
    (taskPaddr - task.vaddr) >>> 0,
    task.entry,
  ];
  return [words.length * WORD_BYTES, ...words];
}

/** Loads everything and puts the hart before the kernel's first instruction. */
export function startKernelImage(created: CreatedMachine, layout: KernelImageLayout): void {
  const { machine, platform } = created;
  loadElf(machine, layout.kernel.elf);
  machine.copyToPhysical(layout.taskPaddr, layout.task.bytes);
  if (layout.deviceTree !== undefined)
    machine.copyToPhysical(layout.deviceTree.paddr, layout.deviceTree.bytes);
  switch (platform.kernelStart) {
    case "machine-mode":
      // The hart starts there by itself.
      break;
    case "supervisor-mode":
      enterSupervisor(created, layout);
      break;
  }
}

/** Does what seL4's ELF loader does at last, above an SBI. */
function enterSupervisor({ machine, console }: CreatedMachine, layout: KernelImageLayout): void {
  const { kernel, task, taskPaddr, tablePaddr, deviceTree } = layout;
  machine.attachFirmware(
    new SbiFirmware(machine, {
      putChar: (byte) => {
        console.transmitNow(byte);
      },
    }),
  );
  writeRootTable(machine, tablePaddr, kernel);
  machine.setRootTable((SATP_SV32 | (tablePaddr >>> 12)) >>> 0);
  const parameters = [
    taskPaddr,
    taskPaddr + task.bytes.length,
    taskPaddr - task.vaddr,
    task.entry,
    deviceTree?.paddr ?? 0,
    deviceTree?.bytes.length ?? 0,
  ];
  parameters.forEach((value, index) => {
    machine.registers[A0 + index] = value;
  });
  machine.pc = kernel.entry;
}

/** From the kernel's first page of 4 MiB on, every address shows the physical one at the kernel's distance. */
function writeRootTable(machine: Machine, tablePaddr: number, kernel: KernelImage): void {
  machine.zeroPhysical(tablePaddr, PAGE_BYTES);
  const first = kernel.vaddr >>> MEGA_BITS;
  for (let index = first; index < TABLE_ENTRIES; index++) {
    const paddr = (kernel.paddr >>> MEGA_BITS) + index - first;
    // The page number begins at bit 10, its part for 4 MiB at bit 20.
    machine.writePhysical32(tablePaddr + index * WORD_BYTES, ((paddr << 20) | KERNEL_LEAF) >>> 0);
  }
}

function pageAlign(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
