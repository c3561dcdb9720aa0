import type { Xlen } from "@cantrip/hw-riscv";
import type { MemoryPiece } from "./program.ts";

const RAM = 0x80000000;
export const DATA_PAGE = 4096;
/** Data of a program. */
export const DATA: number = RAM + 0x100000;
export const DATA_BYTES: number = 6 * DATA_PAGE;
/** Page tables, behind the data: the root is the first. */
export const TABLES: number = DATA + DATA_BYTES;
/** Where the first pages of RAM are a second time, in a large page. */
export const ALIAS = 0x00400000;

const Flag = { v: 1, r: 2, w: 4, x: 8, u: 16, g: 32, a: 64, d: 128 } as const;
const { v, r, w, x, u, g, a, d } = Flag;

/**
 * Page tables that map the first 2 MiB of RAM to themselves, and a second time in a large page: code, and six pages of
 * data with different rights. Those of the sixth say neither that it was read nor that it was written.
 *
 * @param isUser - for which mode; the handlers of traps are the supervisor's in any case
 */
export function pageTables(xlen: Xlen, isUser: boolean): MemoryPiece {
  const entryBytes = xlen / 8;
  const levels = xlen === 64 ? 3 : 2;
  const bytes = new Uint8Array((levels + 1) * DATA_PAGE);
  const view = new DataView(bytes.buffer);
  const indexBits = xlen === 64 ? 9 : 10;
  /** Puts an entry into a table. */
  const put = (table: number, index: number, address: number, flags: number): void => {
    view.setUint32(
      table * DATA_PAGE + index * entryBytes,
      (((address >>> 12) << 10) | flags) >>> 0,
      true,
    );
  };
  /** Index of an address in a table; level 0 has the leaves. */
  const indexAt = (address: number, level: number): number =>
    Math.floor(address / 2 ** (12 + level * indexBits)) % 2 ** indexBits;
  const table = (number: number): number => TABLES + number * DATA_PAGE;
  const mode = isUser ? u : 0;
  // Root, (middle,) leaves of RAM; the last one is the middle of the large page's way.
  const leaves = levels - 1;
  put(0, indexAt(RAM, levels - 1), table(1), v);
  if (levels === 3) {
    put(1, indexAt(RAM, 1), table(2), v);
    put(0, indexAt(ALIAS, 2), table(3), v);
    put(3, indexAt(ALIAS, 1), RAM, v | r | w | mode | a | d);
  } else {
    put(0, indexAt(ALIAS, 1), RAM, v | r | w | mode | a | d);
  }
  const map = (address: number, flags: number): void => {
    put(leaves, indexAt(address, 0), address, flags);
  };
  map(RAM, v | r | x | a | g);
  for (let page = 2; page < 32; page++) map(RAM + page * DATA_PAGE, v | r | x | mode | a);
  const rights = [
    v | r | w | mode | a | d,
    v | r | w | mode | a | d,
    v | r | w | mode,
    v | r | mode | a,
    isUser ? v | r | w | a | d : v | r | w | u | a | d,
    v | x | mode,
  ];
  rights.forEach((flags, page) => {
    map(DATA + page * DATA_PAGE, flags);
  });
  return { address: TABLES, bytes };
}
