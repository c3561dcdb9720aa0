import { type Packing } from "./pack.ts";
import { type OwnerTotal, SIZE_USES, type SizeReport } from "./size-report.ts";

const NAME_WIDTH = 32;
const KIB_WIDTH = 16;
const BYTES_WIDTH = 20;

/**
 * The table that CantripOS's `kmem.sh` prints: a line for each component, and for each connection whose ends share memory.
 *
 * @param details - with lines of what each uses memory for (`kmem.sh -d`)
 */
export function kmemText(report: SizeReport, details = false): string {
  const lines = report.owners
    .filter(({ bytes }) => bytes > 0)
    .flatMap((owner) => [line(owner.name, owner.bytes), ...(details ? usesOf(owner) : [])]);
  return `${[...lines, line("GRAND TOTAL", report.bytes)].join("\n")}\n`;
}

function usesOf({ uses }: OwnerTotal): string[] {
  return SIZE_USES.filter((use) => uses[use] > 0).map((use) => line(`  ${use}`, uses[use]));
}

/** Kinds of objects: how many, and their bytes. */
export function kindsText({ kinds, bytes, deviceBytes }: SizeReport): string {
  const rows = kinds.map(
    ({ kind, count, bytes: each }) =>
      `${kind.padEnd(NAME_WIDTH)}${String(count).padStart(KIB_WIDTH)}${String(each).padStart(BYTES_WIDTH)}`,
  );
  const device = deviceBytes === 0 ? [] : [line("at fixed addresses", deviceBytes)];
  return `${[...rows, line("total", bytes), ...device].join("\n")}\n`;
}

/** How a specification packs: a line for each block, and the waste. */
export function packingText({ blocks, wasteBytes, unplaced }: Packing): string {
  const rows = blocks.map(({ paddr, sizeBits, objectBytes, alignmentBytes, leftBytes }) => {
    const size = `2^${sizeBits}`.padStart(5);
    const place = `0x${paddr.toString(16)}`.padEnd(12);
    return `${place}${size}: objects ${objectBytes}, alignment ${alignmentBytes}, left ${leftBytes}`;
  });
  const end = unplaced === undefined ? `waste ${wasteBytes}` : `no place for ${unplaced}`;
  return `${[...rows, end].join("\n")}\n`;
}

function line(name: string, bytes: number): string {
  const kib = `${Math.floor(bytes / 1024)} KiB`.padStart(KIB_WIDTH);
  return `${name.padEnd(NAME_WIDTH)}${kib}${String(bytes).padStart(BYTES_WIDTH)}`;
}
