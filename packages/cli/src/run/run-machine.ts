import { Machine, type PlatformDescription, RV32IMAC } from "@cantrip/hw-riscv";
import { platformDeviceTree } from "@cantrip/hw-riscv/platforms";
import { SbiFirmware } from "@cantrip/hw-riscv/sbi";
import { UsageError } from "../usage-error.ts";
import { receiverOf } from "./uart-receiver.ts";
import {
  type Extent,
  hex,
  type LoadedImage,
  loadImage,
  type RunImage,
  symbolOf,
} from "./run-image.ts";

const A0 = 10;
const A1 = 11;
const A2 = 12;
const MIB = 0x100000;
const PAGE_BYTES = 4096;
const TWO_32 = 0x1_0000_0000;
/** Where firmware expects the kernel behind itself: one page of the first level, as QEMU does. */
const KERNEL_OFFSET = { 32: 4 * MIB, 64: 2 * MIB } as const;
/** What a hosted SBI keeps at the beginning of RAM, though it needs nothing there. */
const FIRMWARE_BYTES = 2 * MIB;
/** The device tree lies below this address even if there is more RAM, so that 32-bit kernels reach it. */
const TREE_LIMIT = 0xc0000000;
/** `fw_dynamic_info` of OpenSBI (`include/sbi/fw_dynamic.h`). */
const DynamicInfo = { magic: 0x4942534f, version: 2, supervisorMode: 1 } as const;

/** What stands in machine mode. */
export type RunFirmware =
  | { readonly kind: "none" }
  | { readonly kind: "sbi" }
  | { readonly kind: "guest"; readonly image: RunImage };

/** What a machine is made of. */
export interface RunSetup {
  readonly platform: PlatformDescription;
  readonly ramBytes: number | undefined;
  readonly image: RunImage;
  readonly firmware: RunFirmware;
  /** Name of the console's device. */
  readonly console: string;
  readonly print: (byte: number) => void;
}

/** A machine that is ready to run. */
export interface PreparedRun {
  readonly machine: Machine;
  /** Physical address of a symbol of the image that lies in RAM. */
  readonly symbol: (name: string) => number | undefined;
}

/**
 * Makes a machine, loads image and firmware, and sets what they are entered with.
 *
 * Every entry gets the hart's number in `a0` and the device tree's address in `a1`.
 *
 * @throws UsageError when something does not fit
 */
export function prepareRun(setup: RunSetup): PreparedRun {
  const { platform, image, firmware } = setup;
  const machine = makeMachine(platform, setup.ramBytes);
  const { base } = platform.ram;
  const { xlen } = machine;
  const hart = platform.hart ?? RV32IMAC;
  const first = firmware.kind === "guest" ? loadImage(machine, firmware.image, base) : undefined;
  const kernelAt = firmware.kind === "none" ? base : base + KERNEL_OFFSET[xlen];
  const loaded = loadImage(machine, image, kernelAt);
  const kept = (first?.extents ?? []).map((extent) => ({
    ...extent,
    name: `--firmware ${extent.name}`,
  }));
  const taken = [...kept, ...loaded.extents];
  checkApart(taken);
  const tree = placeTree(setup, machine, taken);
  setRegister(machine, A0, hart.id ?? 0);
  setRegister(machine, A1, tree);
  machine.pc = signedAddress((first ?? loaded).entry, xlen);
  if (firmware.kind === "guest")
    setRegister(machine, A2, placeDynamicInfo(machine, loaded, hart.id ?? 0));
  if (firmware.kind === "sbi") attachSbi(machine, setup);
  machine.serial(setup.console).onTransmit = setup.print;
  return {
    machine,
    symbol(name) {
      const virtual = symbolOf(image, name);
      if (virtual === undefined) return undefined;
      const physical = physicalOf(image, virtual) + loaded.offset;
      return physical >= base && physical < base + machine.ram.length ? physical : undefined;
    },
  };
}

function makeMachine(platform: PlatformDescription, ramSize: number | undefined): Machine {
  try {
    return new Machine({ platform, ...(ramSize === undefined ? {} : { ramSize }) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--ram: ${ramSize ?? platform.ram.size} bytes: ${error.message}`);
  }
}

function checkApart(extents: readonly Extent[]): void {
  for (const one of extents) {
    for (const other of extents) {
      if (one.name === other.name || one.start >= other.end || other.start >= one.end) continue;
      throw new UsageError(
        `${one.name} and ${other.name} overlap at ${hex(Math.max(one.start, other.start))}`,
      );
    }
  }
}

/** Puts the device tree below the end of RAM, as QEMU does. Returns its address; 0 for a platform without. */
function placeTree(
  { platform, firmware }: RunSetup,
  machine: Machine,
  taken: readonly Extent[],
): number {
  if (platform.tree === undefined) return 0;
  const { base } = platform.ram;
  const tree = platformDeviceTree(platform, {
    ramSize: machine.ram.length,
    firmwareBytes: firmware.kind === "sbi" ? FIRMWARE_BYTES : 0,
  });
  const end = Math.min(base + machine.ram.length, TREE_LIMIT);
  const start = [2 * MIB, PAGE_BYTES]
    .map((unit) => Math.floor((end - tree.length) / unit) * unit)
    .find((at) => at >= base && taken.every((extent) => extent.end <= at || extent.start >= end));
  if (start === undefined)
    throw new UsageError("no room for the device tree at the end of RAM (--ram makes it larger)");
  machine.copyToPhysical(start, tree);
  return start;
}

/** Tells OpenSBI's `fw_dynamic` what comes next, in the last bytes of RAM that lie in reach; other firmware does not look. */
function placeDynamicInfo(machine: Machine, next: LoadedImage, hart: number): number {
  const { base } = machine.platform.ram;
  const end = Math.min(base + machine.ram.length, TREE_LIMIT);
  const words = [
    DynamicInfo.magic,
    DynamicInfo.version,
    next.entry,
    DynamicInfo.supervisorMode,
    0,
    hart,
  ];
  const wordBytes = machine.xlen / 8;
  const at = end - words.length * wordBytes;
  for (const [index, word] of words.entries()) {
    machine.writePhysical32(at + wordBytes * index, word % TWO_32);
    if (wordBytes === 8) machine.writePhysical32(at + 8 * index + 4, Math.floor(word / TWO_32));
  }
  return at;
}

/** The SBI prints where the UART does, and takes what the UART received. */
function attachSbi(machine: Machine, { console, print }: RunSetup): void {
  const getChar = receiverOf(machine, console);
  machine.attachFirmware(
    new SbiFirmware(machine, { putChar: print, ...(getChar === undefined ? {} : { getChar }) }),
  );
}

function setRegister(machine: Machine, register: number, value: number): void {
  machine.registers[register] = value | 0;
  machine.registersHigh[register] = machine.xlen === 64 ? Math.floor(value / TWO_32) : 0;
}

/** A physical address as `machine.pc` takes it. */
function signedAddress(address: number, xlen: number): number {
  return xlen === 32 ? address | 0 : address;
}

function physicalOf({ elf }: RunImage, virtual: number): number {
  const home = elf?.segments.find(
    ({ vaddr, memorySize }) => virtual >= vaddr && virtual < vaddr + memorySize,
  );
  return home === undefined ? virtual : virtual - home.vaddr + home.paddr;
}
