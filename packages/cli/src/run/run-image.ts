import { ElfError, EM_RISCV, type Elf, readElf, readSymbols, SegmentType } from "@cantrip/elf";
import type { Machine, Xlen } from "@cantrip/hw-riscv";
import { UsageError } from "../usage-error.ts";

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** A program file. */
export interface RunImage {
  /** What to call it in messages. */
  readonly name: string;
  /** Undefined for a raw binary. */
  readonly elf: Elf | undefined;
  readonly bytes: Uint8Array;
}

/** Physical addresses, from the first up to, not including, the last. */
export interface Extent {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** An image in RAM. */
export interface LoadedImage {
  /** Physical address of its first instruction. */
  readonly entry: number;
  readonly extents: readonly Extent[];
  /** How much further on in RAM it lies than its own physical addresses say. */
  readonly offset: number;
}

/** Looks at a program file. @throws UsageError for an ELF file that is none for RISC-V */
export function readImage(name: string, bytes: Uint8Array): RunImage {
  if (!ELF_MAGIC.every((byte, index) => bytes[index] === byte))
    return { name, elf: undefined, bytes };
  try {
    const elf = readElf(bytes);
    if (elf.machine !== EM_RISCV)
      throw new UsageError(`${name}: a program for ELF machine ${elf.machine}, not for RISC-V`);
    return { name, elf, bytes };
  } catch (error) {
    if (error instanceof ElfError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}

/** Width of a register that an image is for; `undefined` when nothing tells. */
export function xlenOf(image: RunImage): Xlen | undefined {
  return image.elf === undefined ? undefined : image.elf.is64 ? 64 : 32;
}

/**
 * Puts an image into RAM, at its physical addresses, or a raw binary at `rawAt`.
 *
 * A position-independent executable counts from `rawAt`, too, when it begins at 0.
 *
 * @throws UsageError when it does not fit there
 */
export function loadImage(machine: Machine, image: RunImage, rawAt: number): LoadedImage {
  if (image.elf === undefined) {
    if (image.bytes.length === 0) throw new UsageError(`${image.name}: the file is empty`);
    copy(machine, image, rawAt, image.bytes, image.bytes.length);
    const end = rawAt + image.bytes.length;
    return { entry: rawAt, extents: [{ name: image.name, start: rawAt, end }], offset: 0 };
  }
  const segments = image.elf.segments.filter(
    ({ type, memorySize }) => type === SegmentType.Load && memorySize > 0,
  );
  if (segments.length === 0) throw new UsageError(`${image.name}: nothing to load`);
  const isRelative = Math.min(...segments.map(({ paddr }) => paddr)) < machine.platform.ram.base;
  const offset = isRelative && image.elf.type === POSITION_INDEPENDENT ? rawAt : 0;
  const extents = segments.map(({ paddr, data, memorySize }) => {
    copy(machine, image, paddr + offset, data, memorySize);
    return { name: image.name, start: paddr + offset, end: paddr + offset + memorySize };
  });
  const { entry } = image.elf;
  const home = segments.find(
    ({ vaddr, memorySize }) => entry >= vaddr && entry < vaddr + memorySize,
  );
  if (home === undefined)
    throw new UsageError(`${image.name}: the entry point ${hex(entry)} is in no segment`);
  return { entry: entry - home.vaddr + home.paddr + offset, extents, offset };
}

/** `ET_DYN`. */
const POSITION_INDEPENDENT = 3;

function copy(
  machine: Machine,
  { name }: RunImage,
  paddr: number,
  data: Uint8Array,
  memorySize: number,
): void {
  try {
    machine.zeroPhysical(paddr, memorySize);
    machine.copyToPhysical(paddr, data);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { base } = machine.platform.ram;
    throw new UsageError(
      `${name}: ${hex(paddr)} to ${hex(paddr + memorySize)} is not in the RAM of ${machine.platform.name}, ` +
        `${hex(base)} to ${hex(base + machine.ram.length)} (--ram makes it larger)`,
    );
  }
}

/** Address of a symbol; `undefined` when there is none, or no symbols. */
export function symbolOf(image: RunImage, wanted: string): number | undefined {
  if (image.elf === undefined) return undefined;
  try {
    return readSymbols(image.elf).find(({ name }) => name === wanted)?.value;
  } catch (error) {
    // A damaged symbol table does not keep a program from running.
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

export function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
