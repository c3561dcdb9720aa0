import { ErrorCode, errorName } from "./constants.ts";

/** The kernel refused an invocation. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
  /** `seL4_Error` */
  readonly code: ErrorCode;
  /** Official name of the invocation, for example `seL4_CNode_Move`. */
  readonly invocation: string;
  /** Message registers of the answer: what is in them depends on the code. */
  readonly registers: readonly number[];

  constructor(invocation: string, code: number, registers: readonly number[]) {
    super(
      `${invocation}: ${errorName(code)}${registers.length > 0 ? ` (${registers.join(", ")})` : ""}`,
    );
    this.invocation = invocation;
    this.code = code as ErrorCode;
    this.registers = registers;
  }

  /** Bytes left in the untyped, for `NotEnoughMemory`. */
  get memoryLeft(): number | undefined {
    return this.code === ErrorCode.NotEnoughMemory ? this.registers[0] : undefined;
  }
}
