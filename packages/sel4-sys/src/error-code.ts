/** Result of an invocation, in the label of the reply (`seL4_Error`). */
export const ErrorCode = {
  NoError: 0,
  InvalidArgument: 1,
  InvalidCapability: 2,
  IllegalOperation: 3,
  RangeError: 4,
  AlignmentError: 5,
  FailedLookup: 6,
  TruncatedMessage: 7,
  DeleteFirst: 8,
  RevokeFirst: 9,
  NotEnoughMemory: 10,
} as const;
/** One of the {@link ErrorCode} numbers. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const errorNames: readonly string[] = Object.keys(ErrorCode);

/** Name of an error code without the `seL4_` prefix; `error 17` for a number that is none. */
export function errorName(code: number): string {
  return errorNames[code] ?? `error ${code}`;
}

/** Why a capability lookup failed: MR1 of `FailedLookup`, MR2 of a cap fault (`seL4_LookupFailureType`). */
export const LookupFailureKind = {
  NoFailure: 0,
  InvalidRoot: 1,
  MissingCapability: 2,
  DepthMismatch: 3,
  GuardMismatch: 4,
} as const;
/** One of the {@link LookupFailureKind} numbers. */
export type LookupFailureKind = (typeof LookupFailureKind)[keyof typeof LookupFailureKind];

const lookupNames: readonly string[] = Object.keys(LookupFailureKind);

/** An invocation was refused by the kernel. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
  /** One of {@link ErrorCode}. */
  readonly code: number;
  /** Official name of the invocation, such as `seL4_CNode_Move`. */
  readonly invocation: string;
  /**
   * The reply's message registers: the argument's number for `InvalidArgument` and `InvalidCapability` (0: the invoked
   * capability), the least and greatest value for `RangeError`, the bytes left for `NotEnoughMemory`; for `FailedLookup`
   * 1 if the source was looked up, then the {@link LookupFailureKind} and its details.
   */
  readonly registers: readonly number[];

  constructor(invocation: string, code: number, registers: readonly number[] = []) {
    super(`${invocation}: ${errorName(code)}${describe(code, registers)}`);
    this.invocation = invocation;
    this.code = code;
    this.registers = registers;
  }
}

function describe(code: number, registers: readonly number[]): string {
  const [first, second] = registers;
  if (first === undefined) return "";
  switch (code) {
    case ErrorCode.InvalidArgument:
      return ` (argument ${first})`;
    case ErrorCode.InvalidCapability:
      return ` (capability ${first})`;
    case ErrorCode.RangeError:
      return second === undefined ? "" : ` (allowed: ${first}..${second})`;
    case ErrorCode.NotEnoughMemory:
      return ` (${first} bytes left)`;
    case ErrorCode.FailedLookup:
      return ` (${first === 0 ? "destination" : "source"}: ${lookupNames[second ?? 0] ?? "unknown"})`;
    default:
      return "";
  }
}
