/**
 * UTF-8 by hand: the language's own library has no codec, and the host's decoders differ in what they forgive.
 */

/** Number of bytes of `text` in UTF-8, or -1 when it holds a lone surrogate. */
export function utf8Length(text: string): number {
  let { length } = text;
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0;
    if (point < 0x80) continue;
    if ((point & ~0x7ff) === 0xd800) return -1;
    length += point < 0x800 ? 1 : 2;
    if (point > 0xffff) index += 1;
  }
  return length;
}

/** Writes `text`, which has no lone surrogate, at `offset`; the caller made room. Returns the offset after it. */
export function writeUtf8(bytes: Uint8Array, offset: number, text: string): number {
  let position = offset;
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0;
    if (point < 0x80) {
      bytes[position++] = point;
      continue;
    }
    if (point > 0xffff) index += 1;
    let more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    bytes[position++] = (0x100 - (0x80 >> more)) | (point >> (more * 6));
    while (more-- > 0) bytes[position++] = 0x80 | ((point >> (more * 6)) & 0x3f);
  }
  return position;
}

/**
 * The text of `bytes[start..end)`, or `undefined` when that is not well-formed UTF-8 (overlong forms, surrogates and
 * code points above U+10FFFF are refused, as Rust does; a byte order mark stays).
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let position = start;
  while (position < end) {
    // One call for several characters is much faster than one for each.
    const [a = 0, b = 0] = [bytes[position], bytes[position + 1]];
    const [c = 0, d = 0] = [bytes[position + 2], bytes[position + 3]];
    if (position + 4 <= end && (a | b | c | d) < 0x80) {
      text += String.fromCharCode(a, b, c, d);
      position += 4;
      continue;
    }
    const lead = bytes[position++] ?? 0;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (lead < 0xc2 || lead > 0xf4 || position + more > end) return undefined;
    let point = lead & (0x3f >> more);
    for (const last = position + more; position < last; position++) {
      const next = bytes[position] ?? 0;
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    // Not in a form that is longer than needed.
    if (point < 1 << (more * 5 + 1) || point > 0x10ffff || (point & ~0x7ff) === 0xd800) {
      return undefined;
    }
    text += String.fromCodePoint(point);
  }
  return text;
}

/**
 * `text` in UTF-8.
 *
 * @throws RangeError when `text` holds a lone surrogate.
 */
export function encodeUtf8(text: string): Uint8Array {
  const length = utf8Length(text);
  if (length < 0) throw new RangeError("text with a lone surrogate has no UTF-8 form");
  const bytes = new Uint8Array(length);
  writeUtf8(bytes, 0, text);
  return bytes;
}

/** The text of `bytes`, or `undefined` when they are not well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return readUtf8(bytes, 0, bytes.length);
}
