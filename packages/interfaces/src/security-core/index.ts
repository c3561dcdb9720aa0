import { enumOf, type Infer, seq, string, struct, u32 } from "@cantrip/postcard";

/**
 * Set in the first word of a message: the payload is in memory. The word's other bits are the payload's bytes, and the
 * second word is its physical address (`HEADER_FLAG_LONG_MESSAGE`).
 */
export const LONG_MESSAGE = 0x80000000;
/** Words of a message: header and physical address. */
export const MESSAGE_WORDS = 2;
/** Bytes of the page that a message lends to the security core until it is answered. */
export const LENT_PAGE_BYTES = 4096;

/**
 * Requests to the security core, postcard 0.7 at the start of the lent page.
 *
 * Names, order and fields are those of `SECRequest` in later revisions of CantripOS. Those send request and reply word by
 * word through the FIFOs, and lend a page for file data only; the revision that this system follows has no requests at
 * all, and a driver whose messages are pages (`MailboxRequest`). So where the bytes are is ours: request and answer are
 * in the lent page, which keeps the driver's interface and makes a name of any length fit.
 *
 * - `FindFile`: looks up a file by its exact name; {@link findFileAnswer}
 * - `GetFilePage`: bytes from `offset` on, zeros behind the file's end; a {@link isWholePage | whole page}
 * - `Test`: a whole page whose words 0 to `count` - 1 hold their own index
 * - `GetBuiltins`: names of the built-in packages; {@link getBuiltinsAnswer}
 */
export const securityCoreRequest = enumOf({
  FindFile: string,
  GetFilePage: { fid: u32, offset: u32 },
  Test: u32,
  GetBuiltins: null,
});
export type SecurityCoreRequest = Infer<typeof securityCoreRequest>;

/** `SECRequestError` */
export const SecurityCoreError = {
  Success: 0,
  DeserializeFailed: 1,
  SerializeFailed: 2,
  UnknownError: 3,
  PageInvalid: 4,
  FileNotFound: 5,
  FileOffsetInvalid: 6,
  SendFailed: 7,
  RecvFailed: 8,
} as const;
export type SecurityCoreError = (typeof SecurityCoreError)[keyof typeof SecurityCoreError];

/** Name of a {@link SecurityCoreError}. */
export function securityCoreErrorName(code: number): string {
  const found = Object.entries(SecurityCoreError).find(([, value]) => value === code);
  return found?.[0] ?? `error ${code}`;
}

/** Answer to `FindFile`: a number for the file, and its bytes. */
export const findFileAnswer = enumOf({ Ok: struct({ fid: u32, sizeBytes: u32 }), Err: u32 });
/** Answer to `GetBuiltins`. */
export const getBuiltinsAnswer = enumOf({ Ok: struct({ names: seq(string) }), Err: u32 });
/** What every answer to a request is that failed. */
export const failedAnswer = enumOf({ Ok: null, Err: u32 });

/**
 * An answer of a whole page is data. Every shorter one is a `Result<T, SECRequestError>` as Rust would serialize it, and
 * one of 0 bytes says that the message did not name a page.
 */
export function isWholePage(sizeBytes: number): boolean {
  return sizeBytes === LENT_PAGE_BYTES;
}

/** The handshake of `test_mailbox`: a message of 17 words whose first and last are replaced. */
export const MailboxHandshake = {
  WORDS: 17,
  REQUEST_FIRST: 0xdeadbeef,
  REQUEST_LAST: 0xf00dcafe,
  ANSWER_FIRST: 0x12345678,
  ANSWER_LAST: 0x87654321,
} as const;
