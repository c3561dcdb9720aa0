const ABI_NAMES = [
  "zero",
  "ra",
  "sp",
  "gp",
  "tp",
  "t0",
  "t1",
  "t2",
  "s0",
  "s1",
  "a0",
  "a1",
  "a2",
  "a3",
  "a4",
  "a5",
  "a6",
  "a7",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
  "s7",
  "s8",
  "s9",
  "s10",
  "s11",
  "t3",
  "t4",
  "t5",
  "t6",
] as const;

const NUMBERS: ReadonlyMap<string, number> = new Map<string, number>([
  ...ABI_NAMES.map((name, index): [string, number] => [name, index]),
  ...ABI_NAMES.map((_name, index): [string, number] => [`x${index}`, index]),
  ["fp", 8],
]);

/** Number of an integer register by its ABI name or `xN`; `undefined` when there is none of that name. */
export function registerNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}
