import { MAX_LOG_BYTES } from "@cantrip/interfaces/logger";
import { decodeUtf8, encodeUtf8 } from "@cantrip/postcard";

/** Ends a record that was cut. */
const ELLIPSIS = "...";

/**
 * A log record as one line of text: `target::text`, at most `limit` bytes of UTF-8; a longer one is cut between
 * characters and ends in `...`. Lone surrogates become U+FFFD.
 *
 * @param limit - bytes, at least 3: 2044 for what the console decodes, 1024 for the console's own records
 */
export function formatRecord(target: string, text: string, limit: number = MAX_LOG_BYTES): string {
  const record = `${target}::${text}`.replace(/\p{Surrogate}/gu, "\ufffd");
  const bytes = encodeUtf8(record);
  if (bytes.length <= limit) return record;
  let end = limit - ELLIPSIS.length;
  while (end > 0 && isContinuation(bytes[end])) end--;
  return (decodeUtf8(bytes.subarray(0, end)) ?? "") + ELLIPSIS;
}

/** Whether a byte of UTF-8 goes on with a character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
