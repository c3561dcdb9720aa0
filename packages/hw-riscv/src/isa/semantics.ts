/**
 * What instructions do, as a small typed tree. The interpreters are generated from it; a compiler can read it, too.
 *
 * A value is as wide as a register (`x`) or 32 bits wide (`w`). On RV32 the two are the same.
 */
export type Width = "x" | "w";

/** Operators with two operands of one width; shifts use the low bits of the second operand, as many as count. */
type BinaryOperator = "add" | "sub" | "and" | "or" | "xor" | "sll" | "srl" | "sra";

/** Comparisons of two values of one width. */
type Comparison = "eq" | "ne" | "lt" | "ge" | "ltu" | "geu";

/** Operations that have no operator: functions in `src/arithmetic`, one for each width and XLEN. */
export type Intrinsic =
  | "multiply"
  | "multiplyHigh"
  | "multiplyHighSignedUnsigned"
  | "multiplyHighUnsigned"
  | "divide"
  | "divideUnsigned"
  | "remainder"
  | "remainderUnsigned"
  | "countLeadingZeros"
  | "countTrailingZeros"
  | "countPopulation"
  | "rotateLeft"
  | "rotateRight"
  | "orCombine"
  | "reverseBytes";

/** An expression without effects. */
export type Value =
  | { readonly kind: "rs1" | "rs2" | "immediate" | "pc"; readonly width: "x" }
  /** The old value in memory, in an atomic operation. */
  | { readonly kind: "memory"; readonly width: Width }
  | { readonly kind: "constant"; readonly value: number; readonly width: Width }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly a: Value;
      readonly b: Value;
      readonly width: Width;
    }
  /** Low 32 bits of a register's width. */
  | { readonly kind: "low"; readonly a: Value; readonly width: "w" }
  /** 32 bits to a register's width, with copies of the sign or with zeros. */
  | { readonly kind: "signed" | "unsigned"; readonly a: Value; readonly width: "x" }
  /** 1 or 0. */
  | { readonly kind: "flag"; readonly condition: Condition; readonly width: "x" }
  | {
      readonly kind: "select";
      readonly condition: Condition;
      readonly a: Value;
      readonly b: Value;
      readonly width: Width;
    }
  | {
      readonly kind: "intrinsic";
      readonly name: Intrinsic;
      readonly operands: readonly Value[];
      readonly width: Width;
    };

/** A comparison. */
export interface Condition {
  readonly comparison: Comparison;
  readonly a: Value;
  readonly b: Value;
}

/** Bytes of a memory access. */
export type AccessBytes = 1 | 2 | 4 | 8;

/** What an instruction changes. Unless it says otherwise, the next instruction follows. */
export type Effect =
  /** `rd` becomes a value. */
  | { readonly kind: "write"; readonly value: Value }
  /** `rd` becomes the next address, and execution goes on at the target; the lowest bit of `rs1 + immediate` is dropped. */
  | { readonly kind: "jump"; readonly target: "pc" | "rs1" }
  /** Where it holds, execution goes on at `pc + immediate`. */
  | { readonly kind: "branch"; readonly condition: Condition }
  /** `rd` becomes what stands at `rs1 + immediate`. */
  | { readonly kind: "load"; readonly bytes: AccessBytes; readonly isSigned: boolean }
  /** `rs2` goes to `rs1 + immediate`. */
  | { readonly kind: "store"; readonly bytes: AccessBytes }
  /** Nothing happens: memory is always in order. */
  | { readonly kind: "nothing" }
  /** `rd` becomes what stands at `rs1`, which becomes a function of it and of `rs2`. */
  | { readonly kind: "atomic"; readonly bytes: 4 | 8; readonly result: Value }
  | { readonly kind: "loadReserved"; readonly bytes: 4 | 8 }
  | { readonly kind: "storeConditional"; readonly bytes: 4 | 8 }
  /** `rd` becomes a CSR, which is written, or has bits set or cleared. */
  | {
      readonly kind: "csr";
      readonly change: "write" | "set" | "clear";
      readonly source: "rs1" | "immediate";
    }
  /** An action of the hart's privileged side, by its name there. */
  | { readonly kind: "system"; readonly action: SystemAction }
  | FloatEffect
  /** A floating-point register becomes what stands at `rs1 + immediate`. */
  | { readonly kind: "floatLoad"; readonly bytes: 4 | 8 }
  | { readonly kind: "floatStore"; readonly bytes: 4 | 8 }
  /** Bits from `rs1` to `rd`, of which one is an integer register. */
  | { readonly kind: "floatMove"; readonly bytes: 4 | 8; readonly to: "integer" | "float" };

/** Type of an operand of the floating-point unit: its kind, and its bits. Integers are in integer registers. */
type FloatType = "F32" | "F64" | "I32" | "U32" | "I64" | "U64";

/** `rd` becomes the result of an operation of the floating-point unit on `rs1`, `rs2` and `rs3`. */
export interface FloatEffect {
  readonly kind: "float";
  /** Method of `FloatUnit`. */
  readonly operation: string;
  readonly operands: readonly FloatType[];
  readonly result: FloatType;
  /** Whether the instruction has a rounding mode. */
  readonly isRounded?: boolean;
}

/** Actions of instructions that the privileged side of the hart carries out. */
export type SystemAction = "ecall" | "ebreak" | "sret" | "mret" | "wfi" | "sfenceVma" | "hosted";

export const rs1: Value = { kind: "rs1", width: "x" };
export const rs2: Value = { kind: "rs2", width: "x" };
export const immediate: Value = { kind: "immediate", width: "x" };
export const pc: Value = { kind: "pc", width: "x" };

export function memory(width: Width): Value {
  return { kind: "memory", width };
}
export function constant(value: number, width: Width = "x"): Value {
  return { kind: "constant", value, width };
}

function binary(operator: BinaryOperator): (a: Value, b: Value) => Value {
  return (a, b) => ({ kind: "binary", operator, a, b, width: a.width });
}
export const add: (a: Value, b: Value) => Value = binary("add");
export const sub: (a: Value, b: Value) => Value = binary("sub");
export const and: (a: Value, b: Value) => Value = binary("and");
export const or: (a: Value, b: Value) => Value = binary("or");
export const xor: (a: Value, b: Value) => Value = binary("xor");
export const sll: (a: Value, b: Value) => Value = binary("sll");
export const srl: (a: Value, b: Value) => Value = binary("srl");
export const sra: (a: Value, b: Value) => Value = binary("sra");
export function not(a: Value): Value {
  return xor(a, constant(-1, a.width));
}

export function low(a: Value): Value {
  return { kind: "low", a, width: "w" };
}
export function signed(a: Value): Value {
  return { kind: "signed", a, width: "x" };
}
export function unsigned(a: Value): Value {
  return { kind: "unsigned", a, width: "x" };
}

function compare(comparison: Comparison): (a: Value, b: Value) => Condition {
  return (a, b) => ({ comparison, a, b });
}
export const eq: (a: Value, b: Value) => Condition = compare("eq");
export const ne: (a: Value, b: Value) => Condition = compare("ne");
export const lt: (a: Value, b: Value) => Condition = compare("lt");
export const ge: (a: Value, b: Value) => Condition = compare("ge");
export const ltu: (a: Value, b: Value) => Condition = compare("ltu");
export const geu: (a: Value, b: Value) => Condition = compare("geu");

export function flag(condition: Condition): Value {
  return { kind: "flag", condition, width: "x" };
}
export function select(condition: Condition, a: Value, b: Value): Value {
  return { kind: "select", condition, a, b, width: a.width };
}
/** An operation of `src/arithmetic`; its width is that of its first operand. */
export function intrinsic(name: Intrinsic, first: Value, ...rest: readonly Value[]): Value {
  return { kind: "intrinsic", name, operands: [first, ...rest], width: first.width };
}

export function write(value: Value): Effect {
  return { kind: "write", value };
}
export function branch(condition: Condition): Effect {
  return { kind: "branch", condition };
}
export function load(bytes: AccessBytes, isSigned: boolean): Effect {
  return { kind: "load", bytes, isSigned };
}
export function store(bytes: AccessBytes): Effect {
  return { kind: "store", bytes };
}
export function system(action: SystemAction): Effect {
  return { kind: "system", action };
}
export const nothing: Effect = { kind: "nothing" };
