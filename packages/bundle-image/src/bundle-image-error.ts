/** What is wrong with a bundle image. */
export type BundleImageErrorCode =
  | "bad-magic"
  | "truncated"
  | "bad-type"
  | "file-size-exceeds-memory-size"
  | "unaligned"
  | "overlap"
  /** Outside the window of its type, or a field above 2^53-1. */
  | "too-large"
  | "crc-mismatch"
  /** No section has contents. */
  | "empty";

/** The error of this package's readers. */
export class BundleImageError extends Error {
  override readonly name = "BundleImageError";
  readonly code: BundleImageErrorCode;
  /** Byte offset in the image, or of the section's header. */
  readonly offset: number;

  constructor(code: BundleImageErrorCode, offset: number, message: string) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}
