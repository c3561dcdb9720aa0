/** Digits with which every `f32` is told from its neighbours. */
const MAX_DIGITS = 9;
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
  return withoutExponent(String(shortest));
}

/** Writes out a number such as `3.4028235e+38` or `-1e-7`. */
function withoutExponent(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole = "", places = ""] = mantissa.slice(sign.length).split(".");
  const power = Number(exponent);
  if (power > 0) return sign + whole + places.padEnd(power, "0");
  return `${sign}0.${"0".repeat(-power - 1)}${whole}${places}`;
}
