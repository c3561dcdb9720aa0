import type { InitialTaskImage } from "@cantrip/assembly";
import { checkLoadable, EM_RISCV, readElf } from "@cantrip/elf";
import { loadElf, Machine } from "@cantrip/hw-riscv";
import { qemuVirt, qemuVirtDeviceTree } from "@cantrip/hw-riscv/platforms";
import type { KernelRun } from "./boot-kernel.ts";

const PAGE_BYTES = 4096;
const MEGA_BITS = 22;
const FIRMWARE_BYTES = 0x200000;
/** Sv32: valid, readable, writable, executable, accessed and dirty. */
const MEGA_PAGE_FLAGS = 0xcf;
const SATP_SV32 = 0x80000000;
const ECALL_FROM_SUPERVISOR = 9;
/** Legacy calls of the SBI, by a7: what this kernel asks its firmware for. */
const Sbi = { SetTimer: 0, PutChar: 1, Shutdown: 8 } as const;
const A0 = 10;
const A1 = 11;
const A7 = 17;

/** How a kernel is booted on QEMU's virt board. */
export interface VirtBoot {
  /** Bytes of RAM: the kernel was built for as many. */
  readonly ramBytes: number;
  /** Size of the device tree, as in the kernel's build. */
  readonly deviceTreeBytes: number;
  /** Virtual time to run. */
  readonly seconds: number;
}

/**
 * Boots a real kernel for `qemu-riscv-virt`, and an initial task on it: nothing of the kernel model takes part. Does what
 * seL4's elfloader does, with an SBI in the place of the firmware: device tree and initial task lie behind the kernel, which
 * starts in supervisor mode at its own addresses.
 *
 * @throws ElfError when the kernel is not an executable for RV32
 * @throws RangeError when it does not lie in RAM
 */
export function bootVirtKernel(
  kernel: Uint8Array,
  task: InitialTaskImage,
  { ramBytes, deviceTreeBytes, seconds }: VirtBoot,
): KernelRun {
  const machine = new Machine({ platform: qemuVirt({ ramSize: ramBytes }) });
  const file = readElf(kernel);
  loadElf(machine, kernel);
  const segments = checkLoadable(file, { machine: EM_RISCV });
  const kernelEnd = Math.max(...segments.map(({ paddr, memorySize }) => paddr + memorySize));
  const tree = qemuVirtDeviceTree({
    ...{ ramSize: ramBytes, firmwareBytes: FIRMWARE_BYTES },
    leastBytes: deviceTreeBytes,
  });
  const treePaddr = pageAlign(kernelEnd);
  const paddr = pageAlign(treePaddr + tree.length);
  machine.copyToPhysical(treePaddr, tree);
  machine.copyToPhysical(paddr, task.bytes);

  let output = "";
  machine.attachFirmware({
    trap(cause, value) {
      if (cause !== ECALL_FROM_SUPERVISOR) {
        machine.halt(`cause ${cause} in the firmware, value 0x${value.toString(16)}`);
        return;
      }
      const [a0, a1, a7] = [A0, A1, A7].map((index) => (machine.registers[index] ?? 0) >>> 0);
      machine.pc += 4;
      if (a7 === Sbi.SetTimer) machine.setSupervisorTimer((a1 ?? 0) * 2 ** 32 + (a0 ?? 0));
      else if (a7 === Sbi.PutChar) output += String.fromCharCode(a0 ?? 0);
      else machine.halt(a7 === Sbi.Shutdown ? "shutdown" : `SBI call ${a7}`);
    },
  });
  const image = segments[0];
  if (image === undefined) throw new RangeError("the kernel has no image");
  mapKernel(machine, image);
  const end = paddr + task.bytes.length;
  machine.registers.set(
    [paddr, end, paddr - task.vaddr, task.entry, treePaddr, tree.length].map((word) => word | 0),
    A0,
  );
  machine.pc = file.entry;
  const stop = machine.run({ untilCycle: seconds * machine.clock.cyclesPerSecond });
  return { output, stop, pc: machine.pc };
}

/** A root table in the firmware's memory: the kernel at its own addresses, and RAM as it is. */
function mapKernel(
  machine: Machine,
  { vaddr, paddr }: { readonly vaddr: number; readonly paddr: number },
): void {
  const root = machine.platform.ram.base;
  const entry = (mega: number): number => ((mega << 20) | MEGA_PAGE_FLAGS) >>> 0;
  const map = (window: number, mega: number): void => {
    machine.writePhysical32(root + 4 * window, entry(mega));
  };
  map(paddr >>> MEGA_BITS, paddr >>> MEGA_BITS);
  map(vaddr >>> MEGA_BITS, paddr >>> MEGA_BITS);
  machine.setRootTable((SATP_SV32 | (root / PAGE_BYTES)) >>> 0);
}

function pageAlign(address: number): number {
  return Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
}
