import { type InitialTaskImage } from "@cantrip/assembly";
import { checkLoadable, EM_RISCV, readElf } from "@cantrip/elf";
import { type BusDevice, loadElf, Machine, type StopReason } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";

const RAM_BYTES = 4 * 1024 * 1024;
const PAGE_BYTES = 4096;
/** `TOP_MATCHA_MAILBOX_SMC_BASE_ADDR`: the mailbox to the security core. */
const MAILBOX_BASE = 0x540f1000;
const MAILBOX_SIZE = 0x1000;
/** Offset of the register that takes the next word out of the inbox. */
const MBOXR = 0x10;
const CYCLES_PER_CHARACTER = 100;

/** What a kernel did. */
export interface KernelRun {
  readonly output: string;
  readonly stop: StopReason;
  readonly pc: number;
}

/**
 * Boots a real kernel of CantripOS, and an initial task on it: nothing of the kernel model takes part. The kernel starts in
 * machine mode at the beginning of RAM and asks the mailbox where the boot ROM has put the initial task.
 *
 * @param seconds - virtual time to run; its timer lets a kernel with MCS never come to rest
 * @throws ElfError when the kernel is not an executable for RV32
 * @throws RangeError when it does not lie in sparrow's RAM
 */
export function bootSparrowKernel(
  kernel: Uint8Array,
  task: InitialTaskImage,
  seconds: number,
): KernelRun {
  const inbox: number[] = [];
  const mailbox: BusDevice = {
    read: (offset) => (offset === MBOXR ? (inbox.shift() ?? 0) : 0),
    write: () => undefined,
  };
  const platform = sparrow({
    ramSize: RAM_BYTES,
    uart: { cyclesPerCharacter: CYCLES_PER_CHARACTER },
  });
  const device = { name: "mailbox", base: MAILBOX_BASE, size: MAILBOX_SIZE };
  const machine = new Machine({
    platform: { ...platform, devices: [...platform.devices, { ...device, create: () => mailbox }] },
  });
  loadElf(machine, kernel);
  const segments = checkLoadable(readElf(kernel), { machine: EM_RISCV });
  const kernelEnd = Math.max(...segments.map(({ paddr, memorySize }) => paddr + memorySize));
  const paddr = Math.ceil(kernelEnd / PAGE_BYTES) * PAGE_BYTES;
  machine.copyToPhysical(paddr, task.bytes);
  // Bytes that follow; first and last address of the image, physical minus virtual, entry.
  inbox.push(16, paddr, paddr + task.bytes.length, paddr - task.vaddr, task.entry);
  let output = "";
  machine.serial("uart0").onTransmit = (byte) => {
    output += String.fromCharCode(byte);
  };
  const stop = machine.run({ untilCycle: seconds * machine.clock.cyclesPerSecond });
  return { output, stop, pc: machine.pc };
}
