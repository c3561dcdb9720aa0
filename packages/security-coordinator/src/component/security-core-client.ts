import { type ComponentThread, type MemoryClient, RpcClient } from "@cantrip/camkes-rpc";
import type { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { mailboxInterface } from "@cantrip/interfaces/mailbox";
import {
  failedAnswer,
  findFileAnswer,
  getBuiltinsAnswer,
  isWholePage,
  LENT_PAGE_BYTES,
  MailboxHandshake,
  SecurityCoreError,
  securityCoreErrorName,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { codec } from "@cantrip/postcard";

const WORD_BYTES = 4;
/** More than an answer takes that reports a failure. */
const FAILURE_BYTES = 16;
const format = { format: "0.7" } as const;

/** The security core refused a request, or what it sent back is no answer. */
export class SecurityCoreFailure extends Error {
  override readonly name = "SecurityCoreFailure";
  /** A {@link SecurityCoreError}. */
  readonly code: number;

  constructor(code: number, request: string) {
    super(`security core, ${request}: ${securityCoreErrorName(code)}`);
    this.code = code;
  }
}

/** Talks to the security core through the mailbox driver, one lent page at a time. */
export class SecurityCoreClient {
  readonly #thread: ComponentThread;
  readonly #memory: MemoryClient;
  readonly #region: CopyRegion;
  readonly #mailbox: RpcClient<typeof mailboxInterface>;
  readonly #request = codec(securityCoreRequest, format);
  readonly #findFile = codec(findFileAnswer, format);
  readonly #getBuiltins = codec(getBuiltinsAnswer, format);
  readonly #failed = codec(failedAnswer, format);

  /**
   * @param region - where lent pages are mapped
   * @throws RangeError when the component has no interface `api`
   */
  constructor(thread: ComponentThread, memory: MemoryClient, region: CopyRegion) {
    this.#thread = thread;
    this.#memory = memory;
    this.#region = region;
    this.#mailbox = new RpcClient(thread, "api", mailboxInterface);
  }

  /** Sends 17 words and returns whether the right ones come back. */
  *handshake(): Task<boolean> {
    const { WORDS, REQUEST_FIRST, REQUEST_LAST, ANSWER_FIRST, ANSWER_LAST } = MailboxHandshake;
    const last = (WORDS - 1) * WORD_BYTES;
    const message = new Uint8Array(WORDS * WORD_BYTES);
    const view = new DataView(message.buffer);
    view.setUint32(0, REQUEST_FIRST, true);
    view.setUint32(last, REQUEST_LAST, true);
    const answer = yield* this.#exchangeOwnPage(message);
    if (answer.length !== message.length) return false;
    const words = new DataView(answer.buffer);
    return words.getUint32(0, true) === ANSWER_FIRST && words.getUint32(last, true) === ANSWER_LAST;
  }

  /** Names of the built-in packages. */
  *builtins(): Task<readonly string[]> {
    const bytes = yield* this.#exchangeOwnPage(this.#request.encode({ type: "GetBuiltins" }));
    const answer = this.#getBuiltins.safeDecode(bytes);
    if (answer.ok && answer.value.type === "Ok") return answer.value.value.names;
    throw this.#failure("GetBuiltins", bytes);
  }

  /** Number and size of a file; `undefined` when there is none of that name. */
  *findFile(name: string): Task<{ readonly fid: number; readonly sizeBytes: number } | undefined> {
    const request = this.#request.encode({ type: "FindFile", value: name });
    const bytes = yield* this.#exchangeOwnPage(request);
    const answer = this.#findFile.safeDecode(bytes);
    if (answer.ok && answer.value.type === "Ok") return answer.value.value;
    const failure = this.#failure("FindFile", bytes);
    if (failure.code === SecurityCoreError.FileNotFound) return undefined;
    throw failure;
  }

  /** Lends a frame to the security core, which fills it with a page of a file; zeros follow the file's end. */
  *fillFrame(frame: number, fid: number, offset: number): Task<void> {
    const request = this.#request.encode({ type: "GetFilePage", fid, offset });
    const answer = yield* this.#exchange(frame, request, FAILURE_BYTES);
    if (!isWholePage(answer.sizeBytes)) throw this.#failure("GetFilePage", answer.bytes);
  }

  /** Sends a message in a page that is allocated for it; returns the answer. */
  *#exchangeOwnPage(message: Uint8Array): Task<Uint8Array> {
    const { page4K } = this.#thread.runtime.config.objectType;
    const bundle = yield* this.#memory.allocInToplevel([{ type: page4K, count: 1 }]);
    try {
      const frame = bundle.objs[0]?.cptr ?? 0;
      return (yield* this.#exchange(frame, message, LENT_PAGE_BYTES)).bytes;
    } finally {
      yield* this.#memory.freeToplevel(bundle);
    }
  }

  /** Sends the message at the start of a frame, waits, and reads at most `limit` bytes of the answer. */
  *#exchange(
    frame: number,
    message: Uint8Array,
    limit: number,
  ): Task<{ readonly sizeBytes: number; readonly bytes: Uint8Array }> {
    const region = this.#region;
    if (message.length > LENT_PAGE_BYTES)
      throw new SecurityCoreFailure(SecurityCoreError.SerializeFailed, "request");
    const paddr = yield* this.#thread.sel4.page.getAddress(frame);
    yield* region.map(frame);
    try {
      region.write(0, message);
      yield* this.#mailbox.call("Send", { paddr, size: message.length });
      let answer = yield* this.#mailbox.call("Recv", undefined);
      // Another client's: the page is the security core's until its own answer has come.
      while (answer.paddr !== paddr) answer = yield* this.#mailbox.call("Recv", undefined);
      if (answer.size > LENT_PAGE_BYTES)
        throw new SecurityCoreFailure(SecurityCoreError.RecvFailed, "answer");
      const bytes = new Uint8Array(Math.min(answer.size, limit));
      region.read(0, bytes);
      return { sizeBytes: answer.size, bytes };
    } finally {
      yield* region.unmap();
    }
  }

  #failure(request: string, bytes: Uint8Array): SecurityCoreFailure {
    if (bytes.length === 0) return new SecurityCoreFailure(SecurityCoreError.PageInvalid, request);
    const answer = this.#failed.safeDecode(bytes);
    const code =
      answer.ok && answer.value.type === "Err"
        ? answer.value.value
        : SecurityCoreError.DeserializeFailed;
    return new SecurityCoreFailure(code, request);
  }
}
