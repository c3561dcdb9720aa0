/** Part of an immediate: `width` bits at bit `from` of the instruction are at bit `to` of the value. */
type Piece = readonly [from: number, width: number, to: number];

/** An immediate: its pieces, and how many bits it has when it is signed. */
interface ImmediateField {
  readonly pieces: readonly Piece[];
  /** Bits of a signed value; 0: unsigned. */
  readonly signedBits: number;
}

function field(signedBits: number, ...pieces: readonly Piece[]): ImmediateField {
  return { pieces, signedBits };
}

/** Name of an immediate's place in the instruction. */
export type ImmediateName =
  | "I"
  | "S"
  | "B"
  | "U"
  | "J"
  | "shift5"
  | "shift6"
  | "entry"
  | "CI"
  | "cShift5"
  | "cShift6"
  | "cUpper"
  | "cAddi16sp"
  | "cAddi4spn"
  | "cWord"
  | "cDouble"
  | "cWordSpLoad"
  | "cDoubleSpLoad"
  | "cWordSpStore"
  | "cDoubleSpStore"
  | "cBranch"
  | "cJump";

/** Immediates by the names of the specification's formats; those of compressed instructions by their operands. */
const FIELDS: Readonly<Record<ImmediateName, ImmediateField>> = {
  I: field(12, [20, 12, 0]),
  S: field(12, [7, 5, 0], [25, 7, 5]),
  B: field(13, [8, 4, 1], [25, 6, 5], [7, 1, 11], [31, 1, 12]),
  U: field(32, [12, 20, 12]),
  J: field(21, [21, 10, 1], [20, 1, 11], [12, 8, 12], [31, 1, 20]),
  shift5: field(0, [20, 5, 0]),
  shift6: field(0, [20, 6, 0]),
  entry: field(0, [20, 12, 0]),
  CI: field(6, [2, 5, 0], [12, 1, 5]),
  cShift5: field(0, [2, 5, 0]),
  cShift6: field(0, [2, 5, 0], [12, 1, 5]),
  cUpper: field(18, [2, 5, 12], [12, 1, 17]),
  cAddi16sp: field(10, [6, 1, 4], [2, 1, 5], [5, 1, 6], [3, 2, 7], [12, 1, 9]),
  cAddi4spn: field(0, [6, 1, 2], [5, 1, 3], [11, 2, 4], [7, 4, 6]),
  cWord: field(0, [6, 1, 2], [10, 3, 3], [5, 1, 6]),
  cDouble: field(0, [10, 3, 3], [5, 2, 6]),
  cWordSpLoad: field(0, [4, 3, 2], [12, 1, 5], [2, 2, 6]),
  cDoubleSpLoad: field(0, [5, 2, 3], [12, 1, 5], [2, 3, 6]),
  cWordSpStore: field(0, [9, 4, 2], [7, 2, 6]),
  cDoubleSpStore: field(0, [10, 3, 3], [7, 3, 6]),
  cBranch: field(9, [3, 2, 1], [10, 2, 3], [2, 1, 5], [5, 2, 6], [12, 1, 8]),
  cJump: field(
    12,
    ...([
      [3, 3, 1],
      [11, 1, 4],
      [2, 1, 5],
      [7, 1, 6],
      [6, 1, 7],
      [9, 2, 8],
      [8, 1, 10],
      [12, 1, 11],
    ] as const),
  ),
};

/** The value of an immediate in an instruction. */
export function readImmediate(name: ImmediateName, word: number): number {
  const { pieces, signedBits } = FIELDS[name];
  let value = 0;
  for (const [from, width, to] of pieces) value |= ((word >>> from) & (2 ** width - 1)) << to;
  return signedBits === 0 ? value : (value << (32 - signedBits)) >> (32 - signedBits);
}

/** The bits of an instruction that hold an immediate; `undefined` when the value does not fit. */
export function placeImmediate(name: ImmediateName, value: number): number | undefined {
  const { pieces } = FIELDS[name];
  let word = 0;
  for (const [from, width, to] of pieces) word |= ((value >>> to) & (2 ** width - 1)) << from;
  return readImmediate(name, word) === (value | 0) ? word : undefined;
}

/** The bits of an instruction that an immediate takes. */
export function immediateBits(name: ImmediateName): number {
  const { pieces } = FIELDS[name];
  return pieces.reduce((bits, [from, width]) => bits | ((2 ** width - 1) << from), 0);
}

/** Name of a register's place in the instruction. */
export type RegisterPlace =
  "rd" | "rs1" | "rs2" | "rs3" | "cRd" | "cRs2" | "cRdShort" | "cRs1Short";

/** Where a register number stands: the lowest bit; compressed forms have three bits, for `x8` to `x15`. */
const REGISTER_PLACES: Readonly<Record<RegisterPlace, readonly [number, number]>> = {
  rd: [7, 5],
  rs1: [15, 5],
  rs2: [20, 5],
  rs3: [27, 5],
  cRd: [7, 5],
  cRs2: [2, 5],
  cRdShort: [2, 3],
  cRs1Short: [7, 3],
};

/** Register number at a place; the place may also be a fixed register. */
export function readRegister(place: RegisterPlace | number, word: number): number {
  if (typeof place === "number") return place;
  const [from, width] = REGISTER_PLACES[place];
  return width === 5 ? (word >>> from) & 31 : ((word >>> from) & 7) + 8;
}

/** The bits of an instruction that hold a register number; `undefined` when it cannot be named there. */
export function placeRegister(place: RegisterPlace | number, register: number): number | undefined {
  if (typeof place === "number") return place === register ? 0 : undefined;
  const [from, width] = REGISTER_PLACES[place];
  if (width === 5) return register << from;
  return register >= 8 && register < 16 ? (register - 8) << from : undefined;
}

/** The bits of an instruction that a register number takes. */
export function registerBits(place: RegisterPlace): number {
  const [from, width] = REGISTER_PLACES[place];
  return (2 ** width - 1) << from;
}
