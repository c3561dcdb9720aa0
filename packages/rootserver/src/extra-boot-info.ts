import type { Loader } from "./loader.ts";

/** `seL4_BootInfoID` by the name that specifications use. */
const CHUNK_IDS: Readonly<Record<string, number>> = {
  PADDING: 0,
  X86_VBE: 1,
  X86_MBMMAP: 2,
  X86_ACPI_RSDP: 3,
  X86_FRAMEBUFFER: 4,
  X86_TSC_FREQ: 5,
  FDT: 6,
};
/** `seL4_BootInfoHeader`: id and length, which counts the header too. */
const HEADER_BYTES = 8;
const PAGE_BYTES = 4096;

/** Reads the chunks that the kernel puts behind the boot info page. */
export function readExtraBootInfo(loader: Loader): Uint8Array {
  const bytes = new Uint8Array(loader.bootInfo.extraLen);
  if (bytes.length > 0) loader.sel4.context.copyIn(loader.bootInfoAddress + PAGE_BYTES, bytes);
  return bytes;
}

/** The chunk with that name, header included; `undefined` when the kernel gave none. */
export function bootInfoChunk(extra: Uint8Array, name: string): Uint8Array | undefined {
  const id = CHUNK_IDS[name];
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  let offset = 0;
  while (offset + HEADER_BYTES <= extra.length) {
    const length = view.getUint32(offset + 4, true);
    if (length < HEADER_BYTES || offset + length > extra.length) return undefined;
    if (view.getUint32(offset, true) === id) return extra.subarray(offset, offset + length);
    offset += length;
  }
  return undefined;
}
