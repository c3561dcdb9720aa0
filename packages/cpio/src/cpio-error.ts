/** What is wrong with an archive. */
export type CpioErrorCode =
  | "bad-magic"
  /** A field is not eight hexadecimal digits, or a name is empty or has no end. */
  | "bad-header"
  /** A header, name or content reaches beyond the end of the archive. */
  | "truncated"
  /** A name or size that the format cannot hold, or a name used twice (writer). */
  | "bad-entry";

/** The only error that this package throws. */
export class CpioError extends Error {
  override readonly name = "CpioError";
  readonly code: CpioErrorCode;
  /** Byte offset of the entry in the archive. */
  readonly offset: number;

  constructor(code: CpioErrorCode, offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
