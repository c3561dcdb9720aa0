/**
 * What went wrong, by the name of postcard's `Error` variant.
 *
 * `SerdeSerCustom` also stands for a value that does not fit its schema, and `SerdeDeCustom` for a decoded value that
 * JavaScript cannot hold or that a limit of this package refuses.
 */
export type PostcardErrorCode =
  | "SerializeBufferFull"
  | "DeserializeUnexpectedEnd"
  | "DeserializeBadVarint"
  | "DeserializeBadBool"
  | "DeserializeBadChar"
  | "DeserializeBadUtf8"
  | "DeserializeBadOption"
  | "DeserializeBadEnum"
  | "DeserializeBadEncoding"
  | "DeserializeBadCrc"
  | "SerdeSerCustom"
  | "SerdeDeCustom";

/** A step from a value into it: a field, a variant or an index. */
export type PathSegment = string | number;

/** The only error that encoding and decoding throw. */
export class PostcardError extends Error {
  override readonly name = "PostcardError";
  /** Name of Rust's error. */
  declare readonly code: PostcardErrorCode;
  /** Byte offset in the buffer at which it was noticed. */
  declare readonly offset: number;
  /** Why, without the place. */
  declare readonly detail: string;
  /** Field names, variant names and element indices from the outermost value inwards. */
  declare readonly path: readonly PathSegment[];

  constructor(
    code: PostcardErrorCode,
    offset: number,
    detail: string,
    path: readonly PathSegment[] = [],
  ) {
    const place = path.length === 0 ? "" : ` in ${path.join(".")}`;
    super(`${code} at byte ${offset}${place}${detail && `: ${detail}`}`);
    Object.assign(this, { code, offset, detail, path });
  }
}

/** A failure on its way out of nested values, which put their path before it; an error is made of it at the end. */
export class Failure {
  readonly details: readonly [code: PostcardErrorCode, offset: number, detail: string];
  /** The path, innermost first. */
  readonly reversed: PathSegment[] = [];

  constructor(...details: Failure["details"]) {
    this.details = details;
  }
}

/** Adds `segments`, innermost first, to the path of a {@link Failure}; anything else passes unchanged. */
export function within(thrown: unknown, ...segments: readonly PathSegment[]): unknown {
  if (thrown instanceof Failure) thrown.reversed.push(...segments);
  return thrown;
}

/** What users see of anything that was thrown. */
export function visible(thrown: unknown): unknown {
  return thrown instanceof Failure
    ? new PostcardError(...thrown.details, thrown.reversed.reverse())
    : thrown;
}
