import type { Task } from "@cantrip/hosted";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import { PostcardError } from "@cantrip/postcard";
import { messageInfo, messageLabel, messageLength } from "@cantrip/sel4-sys";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { CallerBirth } from "./birth.ts";
import type { ComponentThread } from "./component.ts";
import {
  type InterfaceCodecs,
  interfaceCodecs,
  type PayloadOf,
  type ReplyOf,
  rpcErrorName,
} from "./interface-codecs.ts";
import { loadMessage, MAX_MESSAGE_BYTES, storeMessage } from "./message-bytes.ts";
import type { Mutex } from "./mutex.ts";
import { RpcError } from "./rpc-error.ts";

/** Capabilities that travel with a call. */
export interface CallOptions {
  /** Slot of a capability to send. */
  readonly cap?: number;
  /** Free slot for the capability of the reply. */
  readonly receiveSlot?: number;
}

/** Calls a service for one thread. */
export class RpcClient<I extends InterfaceDefinition> {
  readonly #thread: ComponentThread;
  readonly #definition: I;
  readonly #end: CallerBirth;
  readonly #codecs: InterfaceCodecs;
  readonly #buffer: Uint8Array;
  readonly #pageMutex: Mutex | undefined;

  /** @throws RangeError when the component has no such interface, or the thread is none of those that call it */
  constructor(thread: ComponentThread, name: string, definition: I) {
    const end = thread.birth.clients[name];
    if (end === undefined)
      throw new RangeError(`${thread.birth.name} has no client interface "${name}"`);
    const own = end.callers === undefined ? end : end.callers[thread.name];
    if (own === undefined) {
      const callers = Object.keys(end.callers ?? {}).join(", ");
      throw new RangeError(
        `${thread.birth.name}.${thread.name} does not call "${name}": the component's type has only ${callers} among the callers`,
      );
    }
    this.#thread = thread;
    this.#definition = definition;
    this.#end = own;
    this.#codecs = interfaceCodecs(definition);
    this.#buffer = new Uint8Array(definition.requestSize);
    this.#pageMutex = thread.runtime.pageMutex(name);
  }

  /**
   * Calls the service. Threads that share a page take turns: where connections have `buffers: "component"`.
   *
   * @throws RpcError with the service's code; with the interface's `serializeFailed` for a request that does not fit, and
   * its `deserializeFailed` for a reply that cannot be decoded
   */
  *call<const N extends keyof I["requests"] & string>(
    name: N,
    value: PayloadOf<I["requests"][N]>,
    options: CallOptions = {},
  ): Task<ReplyOf<I["requests"][N]>> {
    const bytes = this.#encode(name, value);
    if (this.#pageMutex === undefined) return yield* this.#exchange(name, bytes, options);
    const { sel4 } = this.#thread;
    yield* this.#pageMutex.lock(sel4);
    try {
      return yield* this.#exchange(name, bytes, options);
    } finally {
      yield* this.#pageMutex.unlock(sel4);
    }
  }

  #encode(name: string, value: unknown): Uint8Array {
    try {
      const length = this.#codecs.request.encodeInto({ type: name, value }, this.#buffer);
      return this.#buffer.subarray(0, length);
    } catch (error) {
      if (error instanceof PostcardError) this.#fail(name, this.#definition.serializeFailed);
      throw error;
    }
  }

  *#exchange<const N extends keyof I["requests"] & string>(
    name: N,
    bytes: Uint8Array,
    options: CallOptions,
  ): Task<ReplyOf<I["requests"][N]>> {
    const { sel4, birth } = this.#thread;
    const { cap, receiveSlot } = options;
    if (cap !== undefined) sel4.setCap(0, cap);
    if (receiveSlot !== undefined) {
      sel4.setReceivePath(birth.selfCNode, receiveSlot, TOP_LEVEL_DEPTH);
    }
    const page = this.#end.sharedPage;
    let words = 0;
    if (page === undefined) words = storeMessage(sel4, 0, bytes);
    else sel4.context.copyOut(page, bytes);
    const request = messageInfo(0, words, cap === undefined ? 0 : 1);
    const info = yield* sel4.call(this.#end.endpoint, request);
    // Nothing that comes later may land in the slot.
    if (receiveSlot !== undefined) sel4.setReceivePath(0, 0, 0);
    const code = messageLabel(info);
    if (code !== 0) this.#fail(name, code);
    const reply = this.#codecs.replies[name];
    // A reply without contents has no codec.
    if (reply === undefined) return undefined as ReplyOf<I["requests"][N]>;
    const replyBytes = this.#replyBytes(page, info);
    const decoded = replyBytes === undefined ? undefined : reply.safeDecode(replyBytes);
    if (decoded?.ok !== true) this.#fail(name, this.#definition.deserializeFailed);
    return decoded.value as ReplyOf<I["requests"][N]>;
  }

  #fail(request: string, code: number): never {
    throw new RpcError(this.#definition.name, request, code, rpcErrorName(this.#definition, code));
  }

  /** The reply, as long as its server says; `undefined` when that is longer than the place for it. */
  #replyBytes(page: number | undefined, info: number): Uint8Array | undefined {
    const { sel4 } = this.#thread;
    const { requestSize } = this.#definition;
    if (page === undefined) {
      const length = Math.min(messageLength(info) * 4, MAX_MESSAGE_BYTES) - requestSize;
      return loadMessage(sel4, requestSize, Math.max(0, length));
    }
    const capacity = PAGE_BYTES - requestSize;
    // CantripOS's servers do not say.
    const length = messageLength(info) === 0 ? capacity : sel4.messageRegister(0);
    if (length > capacity) return undefined;
    const bytes = new Uint8Array(length);
    sel4.context.copyIn(page + requestSize, bytes);
    return bytes;
  }
}

const PAGE_BYTES = 4096;

/** A client of one of the component's interfaces. */
export function rpcClient<I extends InterfaceDefinition>(
  thread: ComponentThread,
  name: string,
  definition: I,
): RpcClient<I> {
  return new RpcClient(thread, name, definition);
}
