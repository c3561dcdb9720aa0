/** The only error of this entry: an image that is damaged, or a specification that the image cannot hold. */
export class SpecImageError extends Error {
  override readonly name = "SpecImageError";
  /** What is wrong. */
  readonly what: string;
  /** Byte offset in the image; 0 when writing. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`specification image: ${what} at offset ${offset}`);
    this.what = what;
    this.offset = offset;
  }
}
