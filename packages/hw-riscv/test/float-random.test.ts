import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, test, vi } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { runs } from "../../../tools/fuzz/runs.ts";
import { FloatFlag, RoundingMode } from "../src/float/float-context.ts";
import { FloatUnit } from "../src/float/float-unit.ts";
import {
  anyBits,
  anyInteger,
  bitsOf,
  F32,
  F64,
  type Format,
  formats,
  functions,
  isNan,
  negated,
  type Outcome,
  run,
  valueOf,
} from "./float-support.ts";

const { RNE, RTZ, RDN, RUP, RMM } = RoundingMode;
const modes = fc.constantFrom(RNE, RTZ, RDN, RUP, RMM);

const report = new FuzzReport("hw-riscv float");
afterAll(() => {
  report.finish();
});

/** Counts an operation, a NaN as a refusal. */
function count(format: Format, bits: bigint): void {
  report.count(isNan(format, bits) ? "NaN" : undefined);
}

/** Bits of an operand of a function, as its name says. */
function operandOf(name: string): fc.Arbitrary<bigint> {
  if (name.startsWith("f")) return anyBits(name.startsWith("f32") ? F32 : F64);
  return anyInteger(name.startsWith("i32") || name.startsWith("ui32") ? 32 : 64);
}

function resultOf(name: string): Format | undefined {
  if (/_to_f32|^f32_(?!.*to|eq|lt|le|class)/.test(name)) return F32;
  return /_to_f64|^f64_(?!.*to|eq|lt|le|class)/.test(name) ? F64 : undefined;
}

describe("arithmetic of the host and of integers, random", () => {
  it.each([...functions.values()])("$name is the same", ({ name, operands }) => {
    const result = resultOf(name);
    const data = fc.array(operandOf(name), { minLength: operands, maxLength: operands });
    fc.assert(
      fc.property(
        data,
        modes,
        fc.integer({ min: 0, max: 31 }),
        fc.boolean(),
        (bits, mode, before, near) => {
          const setting = { mode: near ? RNE : mode, flags: before };
          const host = run(name, bits, setting);
          expect(host).toEqual(run(name, bits, { ...setting, usesHost: false }));
          // Flags are only set, and what is set before changes nothing else.
          const clear = run(name, bits, { mode: setting.mode });
          expect(host).toEqual({ bits: clear.bits, flags: clear.flags | before });
          if (result === undefined) report.succeeded();
          else count(result, host.bits);
        },
      ),
      { numRuns: runs(400) },
    );
  });
});

describe.each(formats)("integers against the host, random $name", (format) => {
  const data = anyBits(format);
  const value = (bits: bigint): number => valueOf(format, bits);
  const isHost = (name: string, operands: readonly bigint[], expected: number): void => {
    const { bits } = run(`${format.name}_${name}`, operands, { usesHost: false });
    count(format, bits);
    expect(bits).toBe(bitsOf(format, expected));
  };

  it("gives the host's sums, differences, products and quotients", () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        isHost("add", [a, b], value(a) + value(b));
        isHost("sub", [a, b], value(a) - value(b));
        isHost("mul", [a, b], value(a) * value(b));
        // A subnormal quotient in single precision would be rounded twice.
        const quotient = value(a) / value(b);
        if (format === F64 || Math.abs(quotient) > 2 ** -125) isHost("div", [a, b], quotient);
      }),
      { numRuns: runs(1000) },
    );
  });

  it("gives the host's roots", () => {
    fc.assert(
      fc.property(data, (a) => {
        isHost("sqrt", [a], Math.sqrt(value(a)));
      }),
      { numRuns: runs(500) },
    );
  });

  it("compares as the host", () => {
    fc.assert(
      fc.property(data, data, fc.boolean(), (a, other, isSame) => {
        const b = isSame ? a : other;
        const holds = (name: string): boolean => run(`${format.name}_${name}`, [a, b]).bits === 1n;
        expect(holds("eq")).toBe(value(a) === value(b));
        expect(holds("lt")).toBe(value(a) < value(b));
        expect(holds("le")).toBe(value(a) <= value(b));
        report.succeeded(3);
      }),
    );
  });
});

describe.each(formats)("laws, random $name", (format) => {
  const data = anyBits(format);
  const value = (bits: bigint): number => valueOf(format, bits);
  const flip = (bits: bigint): bigint => (isNan(format, bits) ? bits : negated(format, bits));
  const name = (operation: string): string => `${format.name}_${operation}`;
  const binary = fc.constantFrom("add", "sub", "mul", "div");

  it("sums and products do not depend on the order", () => {
    fc.assert(
      fc.property(data, data, data, modes, (a, b, c, mode) => {
        const sum = run(name("add"), [a, b], { mode });
        expect(sum).toEqual(run(name("add"), [b, a], { mode }));
        expect(run(name("mul"), [a, b], { mode })).toEqual(run(name("mul"), [b, a], { mode }));
        const fused = run(name("mulAdd"), [a, b, c], { mode });
        expect(fused).toEqual(run(name("mulAdd"), [b, a, c], { mode }));
        count(format, sum.bits);
        count(format, fused.bits);
      }),
    );
  });

  it("rounding is monotonic, and exact when no direction matters", () => {
    const operation = fc.constantFrom("add", "sub", "mul", "div", "sqrt", "mulAdd");
    fc.assert(
      fc.property(operation, data, data, data, (each, a, b, c) => {
        const operands = [a, b, c].slice(0, functions.get(name(each))?.operands);
        const [near, cut, down, up, away] = [RNE, RTZ, RDN, RUP, RMM].map((mode) =>
          run(name(each), operands, { mode }),
        );
        if (!near || !cut || !down || !up || !away) throw new Error("five modes");
        count(format, near.bits);
        if (isNan(format, near.bits)) {
          for (const other of [cut, down, up, away]) expect(other).toEqual(near);
          return;
        }
        const least = value(down.bits);
        const greatest = value(up.bits);
        expect([least, greatest]).toContain(value(near.bits));
        expect([least, greatest]).toContain(value(away.bits));
        expect(value(cut.bits)).toBe(least >= 0 && greatest > 0 ? least : greatest);
        expect(least).toBeLessThanOrEqual(greatest);
        for (const { flags } of [near, cut, down, up, away])
          expect((flags & FloatFlag.NX) !== 0).toBe(least !== greatest);
      }),
      { numRuns: runs(1000) },
    );
  });

  it("a root lies between the numbers whose squares enclose it", () => {
    fc.assert(
      fc.property(data, (bits) => {
        const a = bits & ((1n << BigInt(format.bits - 1)) - 1n);
        if (!Number.isFinite(value(a))) return;
        const down = run(name("sqrt"), [a], { mode: RDN }).bits;
        const up = run(name("sqrt"), [a], { mode: RUP }).bits;
        // What a fused operation leaves of a square has the right sign.
        const rest = (root: bigint): number => value(run(name("fmsub"), [root, root, a]).bits);
        expect(rest(down)).toBeLessThanOrEqual(0);
        expect(rest(up)).toBeGreaterThanOrEqual(0);
        report.succeeded();
      }),
      { numRuns: runs(500) },
    );
  });

  it("signs mirror: of sums, products and fused operations", () => {
    const mirror = [RNE, RTZ, RUP, RDN, RMM] as const;
    /** The same with the other sign; the sign of terms that cancel each other depends on the mode alone. */
    const expectMirrored = (actual: Outcome, plain: Outcome): void => {
      if (value(plain.bits) === 0 && plain.flags === 0) {
        expect(Math.abs(value(actual.bits))).toBe(0);
        expect(actual.flags).toBe(0);
      } else expect(actual).toEqual({ ...plain, bits: flip(plain.bits) });
    };
    fc.assert(
      fc.property(binary, data, data, data, modes, (operation, a, b, c, mode) => {
        const isProduct = operation === "mul" || operation === "div";
        const mirrored = [negated(format, a), isProduct ? b : negated(format, b)];
        const plain = run(name(operation), [a, b], { mode });
        expectMirrored(run(name(operation), mirrored, { mode: mirror[mode] }), plain);
        const fused = run(name("mulAdd"), [a, b, c], { mode });
        expectMirrored(run(name("fnmadd"), [a, b, c], { mode: mirror[mode] }), fused);
        const difference = run(name("fmsub"), [a, b, c], { mode });
        expect(difference).toEqual(run(name("mulAdd"), [a, b, negated(format, c)], { mode }));
        expectMirrored(run(name("fnmsub"), [a, b, c], { mode: mirror[mode] }), difference);
        count(format, plain.bits);
        count(format, fused.bits);
      }),
      { numRuns: runs(500) },
    );
  });

  it("an integer that fits comes back", () => {
    const sizes = fc.constantFrom("i32", "ui32", "i64", "ui64");
    fc.assert(
      fc.property(sizes, anyInteger(32), anyInteger(64), modes, (size, short, long, mode) => {
        const integer = size.endsWith("32") ? short : long;
        const { bits, flags } = run(`${size}_to_${format.name}`, [integer], { mode });
        const back = run(name(`to_${size}`), [bits], { mode });
        report.succeeded();
        if (flags === 0) expect(back).toEqual({ bits: integer, flags: 0 });
        // Rounded up to a power of two that is out of range.
        else if (back.flags === 0) expect(back.bits).not.toBe(integer);
        else expect(back.flags).toBe(FloatFlag.NV);
      }),
      { numRuns: runs(500) },
    );
  });
});

test("a single is the same after a way through double precision, random", () => {
  fc.assert(
    fc.property(anyBits(F32), modes, (a, mode) => {
      const wide = run("f32_to_f64", [a], { mode });
      const back = run("f64_to_f32", [wide.bits], { mode });
      count(F32, a);
      if (isNan(F32, a)) expect(back.bits).toBe(F32.nan);
      else {
        expect(wide).toEqual({ bits: bitsOf(F64, valueOf(F32, a)), flags: 0 });
        expect(back).toEqual({ bits: a, flags: 0 });
      }
    }),
  );
});

describe("the way of the host", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("needs no integers of any size, and the other does", () => {
    vi.stubGlobal("BigInt", () => {
      throw new Error("BigInt");
    });
    const host = new FloatUnit();
    const third = (unit: FloatUnit): number => unit.divF32(0x3f800000, 0x40400000);
    expect(third(host)).toBe(0x3eaaaaab);
    host.divF64(0, 0x3ff00000, 0, 0x40080000);
    expect([host.resultLow, host.resultHigh]).toEqual([0x55555555, 0x3fd55555]);
    host.fmaddF64(host.resultLow, host.resultHigh, 0, 0x40080000, 0, 0xbff00000 | 0);
    expect([host.resultLow, host.resultHigh]).toEqual([0, 0xbc900000 | 0]);
    expect(host.flags).toBe(FloatFlag.NX);
    expect(() => third(new FloatUnit(false))).toThrow("BigInt");
    host.roundingMode = RUP;
    expect(() => third(host)).toThrow("BigInt");
  });
});
