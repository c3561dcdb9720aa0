/** Digits with which every `f32` is told from its neighbours. */
const MAX_DIGITS = 9;
/** Decimal places of the smallest `f32`, 1.4e-45, and some digits. */
const MAX_PLACES = 60;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITY = /^[+-]?inf(inity)?$/i;
const NAN = /^[+-]?nan$/i;

/** A number as Rust's `f32::from_str` reads it; `undefined` when it is none. */
export function parseF32(text: string): number | undefined {
  if (NAN.test(text)) return Number.NaN;
  if (INFINITY.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return DECIMAL.test(text) ? Math.fround(Number(text)) : undefined;
}

/** An `f32` as Rust's `{}` prints it: the fewest digits that say which it is, and no exponent. */
export function formatF32(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0";
  let shortest = value;
  for (let digits = 1; digits <= MAX_DIGITS; digits++) {
    shortest = Number(value.toPrecision(digits));
    if (Math.fround(shortest) === value) break;
  }
  const text = String(shortest);
  if (!text.includes("e")) return text;
  if (Math.abs(shortest) >= 1) return withoutExponent(text);
  return shortest.toFixed(MAX_PLACES).replace(/0+$/, "");
}

/** Writes out a large number such as `3.4028235e+38`. */
function withoutExponent(text: string): string {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", places = ""] = mantissa.split(".");
  return whole + places.padEnd(Number(exponent), "0");
}
