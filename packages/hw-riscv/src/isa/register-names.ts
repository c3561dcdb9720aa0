const TEMPORARIES = ["t0", "t1", "t2"];
const SAVED = Array.from({ length: 10 }, (_, index) => `s${index + 2}`);
const ARGUMENTS = Array.from({ length: 8 }, (_, index) => `a${index}`);
const MORE_TEMPORARIES = ["t3", "t4", "t5", "t6"];

/** Integer registers by their names in the calling convention. */
export const REGISTER_NAMES: readonly string[] = [
  ...["zero", "ra", "sp", "gp", "tp"],
  ...TEMPORARIES,
  ...["s0", "s1"],
  ...ARGUMENTS,
  ...SAVED,
  ...MORE_TEMPORARIES,
];

/** Floating-point registers by their names in the calling convention. */
export const FLOAT_REGISTER_NAMES: readonly string[] = [
  ...["ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7"],
  ...["fs0", "fs1"],
  ...ARGUMENTS.map((name) => `f${name}`),
  ...SAVED.map((name) => `f${name}`),
  ...["ft8", "ft9", "ft10", "ft11"],
];

const NUMBERS: ReadonlyMap<string, number> = new Map<string, number>([
  ...REGISTER_NAMES.map((name, index): [string, number] => [name, index]),
  ...REGISTER_NAMES.map((_name, index): [string, number] => [`x${index}`, index]),
  ["fp", 8],
]);
const FLOAT_NUMBERS: ReadonlyMap<string, number> = new Map<string, number>([
  ...FLOAT_REGISTER_NAMES.map((name, index): [string, number] => [name, index]),
  ...FLOAT_REGISTER_NAMES.map((_name, index): [string, number] => [`f${index}`, index]),
]);

/** Number of an integer register by its ABI name or `xN`; `undefined` when there is none of that name. */
export function registerNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}

/** The same for a floating-point register, or `fN`. */
export function floatRegisterNumber(name: string): number | undefined {
  return FLOAT_NUMBERS.get(name);
}
