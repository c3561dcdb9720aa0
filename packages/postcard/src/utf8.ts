/**
 * UTF-8 by hand: the language's own library has no codec, and the host's decoders differ in what they forgive.
 */

/** Number of bytes of `text` in UTF-8, or -1 when it holds a lone surrogate. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else {
      const low = text.charCodeAt(index + 1);
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
      length += 4;
      index += 1;
    }
  }
  return length;
}

/** Writes `text`, which has no lone surrogate, at `offset`; the caller made room. Returns the offset after it. */
export function writeUtf8(bytes: Uint8Array, offset: number, text: string): number {
  let position = offset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[position++] = unit;
    } else if (unit < 0x800) {
      bytes[position++] = 0xc0 | (unit >> 6);
      bytes[position++] = 0x80 | (unit & 0x3f);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[position++] = 0xe0 | (unit >> 12);
      bytes[position++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[position++] = 0x80 | (unit & 0x3f);
    } else {
      index += 1;
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(index) & 0x3ff);
      bytes[position++] = 0xf0 | (point >> 18);
      bytes[position++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[position++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[position++] = 0x80 | (point & 0x3f);
    }
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
    const lead = bytes[position++] ?? 0;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    // Smallest code point of the form, so that overlong ones are noticed.
    let more: number;
    let point: number;
    let least: number;
    if (lead >= 0xc2 && lead <= 0xdf) {
      [more, point, least] = [1, lead & 0x1f, 0x80];
    } else if (lead >= 0xe0 && lead <= 0xef) {
      [more, point, least] = [2, lead & 0x0f, 0x800];
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      [more, point, least] = [3, lead & 0x07, 0x10000];
    } else return undefined;
    if (position + more > end) return undefined;
    for (; more > 0; more--) {
      const next = bytes[position++] ?? 0;
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
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
