import {
  failedAnswer,
  findFileAnswer,
  getBuiltinsAnswer,
  LENT_PAGE_BYTES,
  MailboxHandshake,
  SecurityCoreError,
  type SecurityCoreRequest,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { codec, type Codec, PostcardError } from "@cantrip/postcard";
import type { FileStore } from "./file-store.ts";

const WORD_BYTES = 4;
const format = { format: "0.7" } as const;

/** What the security core's own operating system does with a message; knows nothing of the mailbox. */
export class RequestServer {
  readonly #store: FileStore;
  readonly #request: Codec<SecurityCoreRequest> = codec(securityCoreRequest, format);
  readonly #findFile = codec(findFileAnswer, format);
  readonly #getBuiltins = codec(getBuiltinsAnswer, format);
  readonly #failed = codec(failedAnswer, format);

  constructor(store: FileStore) {
    this.#store = store;
  }

  /**
   * Answers the message at the start of a lent page.
   *
   * @param message - the message's bytes; not changed
   * @returns the bytes that replace the start of the page, one to a whole page
   */
  answer(message: Uint8Array): Uint8Array {
    const handshake = answerHandshake(message);
    if (handshake !== undefined) return handshake;
    const request = this.#request.safeDecode(message);
    if (!request.ok) return this.#fail(SecurityCoreError.DeserializeFailed);
    switch (request.value.type) {
      case "FindFile":
        return this.#findFileNamed(request.value.value);
      case "GetFilePage":
        return this.#filePage(request.value.fid, request.value.offset);
      case "Test":
        return this.#countingPage(request.value.value);
      case "GetBuiltins":
        return this.#encode(this.#getBuiltins, {
          type: "Ok",
          value: { names: this.#store.builtins },
        });
    }
  }

  #findFileNamed(name: string): Uint8Array {
    const found = this.#store.find(name);
    if (found === undefined) return this.#fail(SecurityCoreError.FileNotFound);
    const value = { fid: found.fid, sizeBytes: found.file.data.length };
    return this.#encode(this.#findFile, { type: "Ok", value });
  }

  #filePage(fid: number, offset: number): Uint8Array {
    const file = this.#store.byId(fid);
    if (file === undefined) return this.#fail(SecurityCoreError.FileNotFound);
    if (offset >= file.data.length) return this.#fail(SecurityCoreError.FileOffsetInvalid);
    const page = new Uint8Array(LENT_PAGE_BYTES);
    page.set(file.data.subarray(offset, offset + LENT_PAGE_BYTES));
    return page;
  }

  #countingPage(count: number): Uint8Array {
    if (count > LENT_PAGE_BYTES / WORD_BYTES) return this.#fail(SecurityCoreError.PageInvalid);
    const page = new Uint8Array(LENT_PAGE_BYTES);
    const view = new DataView(page.buffer);
    for (let index = 0; index < count; index++) view.setUint32(index * WORD_BYTES, index, true);
    return page;
  }

  #fail(code: number): Uint8Array {
    return this.#failed.encode({ type: "Err", value: code });
  }

  /** An answer that is shorter than a page, or says that it does not fit. */
  #encode<T>(schema: Codec<T>, value: T): Uint8Array {
    try {
      const bytes = schema.encode(value);
      if (bytes.length < LENT_PAGE_BYTES) return bytes;
    } catch (error) {
      // Names of an archive are any bytes; not all are text.
      if (!(error instanceof PostcardError)) throw error;
    }
    return this.#fail(SecurityCoreError.SerializeFailed);
  }
}

/** The answer to the handshake; `undefined` for any other message. */
function answerHandshake(message: Uint8Array): Uint8Array | undefined {
  const { WORDS, REQUEST_FIRST, REQUEST_LAST, ANSWER_FIRST, ANSWER_LAST } = MailboxHandshake;
  const last = (WORDS - 1) * WORD_BYTES;
  if (message.length !== WORDS * WORD_BYTES) return undefined;
  const answer = message.slice();
  const view = new DataView(answer.buffer);
  if (view.getUint32(0, true) !== REQUEST_FIRST || view.getUint32(last, true) !== REQUEST_LAST)
    return undefined;
  view.setUint32(0, ANSWER_FIRST, true);
  view.setUint32(last, ANSWER_LAST, true);
  return answer;
}
