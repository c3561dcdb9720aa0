/**
 * Where a manifest is: behind the last section of an image.
 *
 * | bytes | what                                                    |
 * | ----- | ------------------------------------------------------- |
 * | 48    | zeros: a section header with which an image ends        |
 * | 8     | magic number "CANMANIF"                                 |
 * | 4     | bytes of the text, big-endian                           |
 * | 4     | CRC-32 of the text, big-endian                          |
 * | n     | the text, UTF-8                                         |
 *
 * CantripOS's loader stops, without a word, at the header whose magic number is zero.
 */
import { runTask, type Task } from "@cantrip/hosted";
import type { BundleSource, PlacedSection } from "./bundle-source.ts";
import { crc32 } from "./crc32.ts";
import { type BundleManifest, formatManifest, ManifestError, parseManifest } from "./manifest.ts";
import { readBundleImage } from "./read-bundle-image.ts";
import { SECTION_HEADER_BYTES } from "./section-header.ts";

/** "CANM" and "ANIF". */
const MAGIC = [0x4341_4e4d, 0x414e_4946] as const;
const HEAD_BYTES = 16;
/** Longest text, bytes. */
const MAX_TEXT_BYTES = 4096;

/**
 * An image with a manifest; one that it has already is replaced.
 *
 * @throws BundleImageError for an image that is none, ManifestError for a manifest that could not be read again
 */
export function withManifest(image: Uint8Array, manifest: BundleManifest): Uint8Array {
  const last = readBundleImage(image).at(-1);
  const end = last === undefined ? 0 : last.offset + last.data.length;
  const text = formatManifest(manifest);
  parseManifest(text);
  const encoded = Uint8Array.from(text, (character) => character.charCodeAt(0));
  if (encoded.length > MAX_TEXT_BYTES || /[^\n -~]/.test(text))
    throw new ManifestError(0, "too long, or not ASCII");
  const bytes = new Uint8Array(end + SECTION_HEADER_BYTES + HEAD_BYTES + encoded.length);
  bytes.set(image.subarray(0, end));
  const at = end + SECTION_HEADER_BYTES;
  const view = new DataView(bytes.buffer);
  view.setUint32(at, MAGIC[0]);
  view.setUint32(at + 4, MAGIC[1]);
  view.setUint32(at + 8, encoded.length);
  view.setUint32(at + 12, crc32(encoded));
  bytes.set(encoded, at + HEAD_BYTES);
  return bytes;
}

/**
 * Reads the manifest behind the sections of an image; `undefined` when there is none.
 *
 * @param sections - all sections, as `readSections` gives them
 * @throws ManifestError for one that is damaged or makes no sense
 */
export function* readManifest(
  source: BundleSource,
  sections: readonly PlacedSection[],
): Task<BundleManifest | undefined> {
  const last = sections.at(-1);
  const at = (last === undefined ? 0 : last.offset + last.header.fsize) + SECTION_HEADER_BYTES;
  if (at + HEAD_BYTES > source.size) return undefined;
  const head = new Uint8Array(HEAD_BYTES);
  yield* source.read(at, head);
  const view = new DataView(head.buffer);
  if (view.getUint32(0) !== MAGIC[0] || view.getUint32(4) !== MAGIC[1]) return undefined;
  const length = view.getUint32(8);
  if (length > MAX_TEXT_BYTES || at + HEAD_BYTES + length > source.size)
    throw new ManifestError(0, `${length} bytes are too many`);
  const encoded = new Uint8Array(length);
  yield* source.read(at + HEAD_BYTES, encoded);
  if (crc32(encoded) !== view.getUint32(12)) throw new ManifestError(0, "wrong CRC");
  return parseManifest(String.fromCharCode(...encoded));
}

/** The manifest of an image at hand. @throws ManifestError, and BundleImageError for an image that is none */
export function manifestOf(image: Uint8Array): BundleManifest | undefined {
  const sections = readBundleImage(image);
  const source: BundleSource = {
    size: image.length,
    *read(offset, target) {
      target.set(image.subarray(offset, offset + target.length));
    },
  };
  return runTask(readManifest(source, sections));
}
