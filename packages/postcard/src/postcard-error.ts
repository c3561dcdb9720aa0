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
  | "SerdeSerCustom"
  | "SerdeDeCustom";

/** The only error that encoding and decoding throw. */
export class PostcardError extends Error {
  override readonly name = "PostcardError";
  /** Name of Rust's error. */
  readonly code: PostcardErrorCode;
  /** Byte offset in the buffer at which it was noticed. */
  readonly offset: number;
  /** Field names, variant names and element indices from the outermost value inwards. */
  readonly path: readonly (string | number)[];
  readonly #detail: string;

  constructor(
    code: PostcardErrorCode,
    offset: number,
    detail: string,
    path: readonly (string | number)[] = [],
  ) {
    super(describe(code, offset, detail, path));
    this.code = code;
    this.offset = offset;
    this.path = path;
    this.#detail = detail;
  }

  /** The same error seen from the value that contains the failing one. */
  inside(segment: string | number): PostcardError {
    return new PostcardError(this.code, this.offset, this.#detail, [segment, ...this.path]);
  }
}

function describe(
  code: PostcardErrorCode,
  offset: number,
  detail: string,
  path: readonly (string | number)[],
): string {
  let where = "";
  for (const segment of path) {
    where += typeof segment === "number" ? `[${segment}]` : where === "" ? segment : `.${segment}`;
  }
  const place = where === "" ? "" : ` in ${where}`;
  return `${code} at byte ${offset}${place}${detail === "" ? "" : `: ${detail}`}`;
}

/** Adds `segment` to the path of a {@link PostcardError}; anything else passes unchanged. */
export function withPath(error: unknown, segment: string | number): unknown {
  return error instanceof PostcardError ? error.inside(segment) : error;
}
