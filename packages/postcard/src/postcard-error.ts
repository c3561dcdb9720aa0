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
  readonly code: PostcardErrorCode;
  /** Byte offset in the buffer at which it was noticed. */
  readonly offset: number;
  /** Field names, variant names and element indices from the outermost value inwards. */
  readonly path: readonly PathSegment[];
  readonly #detail: string;

  constructor(
    code: PostcardErrorCode,
    offset: number,
    detail: string,
    path: readonly PathSegment[] = [],
  ) {
    super(describe(code, offset, detail, path));
    this.code = code;
    this.offset = offset;
    this.path = path;
    this.#detail = detail;
  }

  /** Why, without the place. */
  get detail(): string {
    return this.#detail;
  }
}

function describe(
  code: PostcardErrorCode,
  offset: number,
  detail: string,
  path: readonly PathSegment[],
): string {
  let where = "";
  for (const segment of path) {
    where += typeof segment === "number" ? `[${segment}]` : where === "" ? segment : `.${segment}`;
  }
  const place = where === "" ? "" : ` in ${where}`;
  return `${code} at byte ${offset}${place}${detail === "" ? "" : `: ${detail}`}`;
}

/** A failure on its way out of nested values, which put the path before it. */
export class Failure {
  readonly code: PostcardErrorCode;
  readonly offset: number;
  readonly detail: string;
  /** The path, innermost first. */
  readonly reversed: PathSegment[] = [];

  constructor(code: PostcardErrorCode, offset: number, detail: string) {
    this.code = code;
    this.offset = offset;
    this.detail = detail;
  }

  /** The error that users see. */
  toError(): PostcardError {
    return new PostcardError(this.code, this.offset, this.detail, this.reversed.reverse());
  }
}

/** Adds `segment` to the path of a {@link Failure}; anything else passes unchanged. */
export function within(failure: unknown, segment: PathSegment): unknown {
  if (failure instanceof Failure) failure.reversed.push(segment);
  return failure;
}

/** What users see of anything that was thrown. */
export function visible(thrown: unknown): unknown {
  return thrown instanceof Failure ? thrown.toError() : thrown;
}
