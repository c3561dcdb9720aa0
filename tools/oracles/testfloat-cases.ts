import { FloatFlag, RoundingMode } from "../../packages/hw-riscv/src/float/float-context.ts";
import { FloatUnit } from "../../packages/hw-riscv/src/float/float-unit.ts";
import type { TestedFunction } from "./testfloat-functions.ts";

/** Rounding modes as TestFloat's options call them, `-r` before them. */
export const roundingOptions: readonly (readonly [RoundingMode, string])[] = [
  [RoundingMode.RNE, "near_even"],
  [RoundingMode.RTZ, "minMag"],
  [RoundingMode.RDN, "min"],
  [RoundingMode.RUP, "max"],
  [RoundingMode.RMM, "near_maxMag"],
];

const SPACE = 0x20;
const NEWLINE = 0x0a;
const DIGIT_9 = 0x39;
const MAX_OPERANDS = 3;
/** Operands, the result and the exceptions, each as two words. */
const MAX_WORDS = 2 * (MAX_OPERANDS + 2);

/**
 * Computes cases that TestFloat wrote and compares: the arithmetic of the host while NX is clear, and while it is set, and
 * the arithmetic of integers. Takes the text in pieces, lines may be cut.
 */
export class CaseChecker {
  /** Cases so far. */
  cases: number;
  /** The first case that differs. */
  difference: string | undefined;
  readonly #tested: TestedFunction;
  readonly #host: FloatUnit;
  readonly #integers: FloatUnit;
  readonly #words: Int32Array;
  #word: number;

  /** @param roundingMode - that the cases were made with */
  constructor(tested: TestedFunction, roundingMode: RoundingMode) {
    this.cases = 0;
    this.difference = undefined;
    this.#tested = tested;
    this.#host = new FloatUnit();
    this.#integers = new FloatUnit(false);
    this.#host.roundingMode = roundingMode;
    this.#integers.roundingMode = roundingMode;
    this.#words = new Int32Array(MAX_WORDS);
    this.#word = 0;
  }

  /** Takes lines of hexadecimal numbers: operands, result, exceptions. */
  take(text: Uint8Array): void {
    const words = this.#words;
    let at = this.#word;
    for (const byte of text) {
      if (byte > SPACE) {
        const digit = byte <= DIGIT_9 ? byte & 15 : (byte & 7) + 9;
        const low = words[at] ?? 0;
        words[at + 1] = ((words[at + 1] ?? 0) << 4) | (low >>> 28);
        words[at] = (low << 4) | digit;
      } else if (byte === SPACE) at += 2;
      else if (byte === NEWLINE) {
        this.#check(at);
        words.fill(0);
        at = 0;
      }
    }
    this.#word = at;
  }

  #check(last: number): void {
    this.cases++;
    if (last !== 2 * (this.#tested.operands + 1)) {
      this.difference ??= `line ${this.cases} is no case`;
      return;
    }
    this.#compare(this.#host, 0);
    const isNear = this.#host.roundingMode === RoundingMode.RNE;
    // In other modes NX makes no difference, and the host's way is that of integers for the millions of fused cases.
    if (isNear) this.#compare(this.#host, FloatFlag.NX);
    if (isNear || this.#tested.operands < MAX_OPERANDS) this.#compare(this.#integers, 0);
  }

  #compare(unit: FloatUnit, flagsBefore: number): void {
    const words = this.#words;
    const at = 2 * this.#tested.operands;
    unit.flags = flagsBefore;
    this.#tested.compute(unit, words);
    const isSame =
      unit.resultLow === words[at] &&
      unit.resultHigh === words[at + 1] &&
      unit.flags === ((words[at + 2] ?? 0) | flagsBefore);
    if (!isSame) this.difference ??= this.#describe(unit, flagsBefore);
  }

  #describe(unit: FloatUnit, flagsBefore: number): string {
    const all = [...this.#words];
    const numbers: string[] = [];
    for (let at = 0; at <= 2 * this.#tested.operands; at += 2) {
      numbers.push(hex(all[at + 1] ?? 0, all[at] ?? 0));
    }
    const wanted = all[2 * this.#tested.operands + 2] ?? 0;
    const way = unit.usesHost ? `host, flags ${flagsBefore} before` : "integers";
    const got = `${hex(unit.resultHigh, unit.resultLow)} flags ${unit.flags}`;
    return `case ${this.cases}, ${numbers.join(" ")} flags ${wanted}: ${got} (${way})`;
  }
}

function hex(high: number, low: number): string {
  const text = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
  return text(high) + text(low);
}
