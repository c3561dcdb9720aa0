import type { Task } from "@cantrip/hosted";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import { messageInfo, messageLabel, messageLength } from "@cantrip/sel4-sys";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { ClientBirth } from "./birth.ts";
import type { ComponentThread } from "./component.ts";
import {
  type InterfaceCodecs,
  interfaceCodecs,
  type PayloadOf,
  type ReplyOf,
  rpcErrorName,
} from "./interface-codecs.ts";
import { loadMessage, MAX_MESSAGE_BYTES, storeMessage } from "./message-bytes.ts";
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
  readonly #end: ClientBirth;
  readonly #codecs: InterfaceCodecs;
  readonly #buffer: Uint8Array;

  /** @throws RangeError when the component has no such interface */
  constructor(thread: ComponentThread, name: string, definition: I) {
    const end = thread.birth.clients[name];
    if (end === undefined)
      throw new RangeError(`${thread.birth.name} has no client interface "${name}"`);
    this.#thread = thread;
    this.#definition = definition;
    this.#end = end;
    this.#codecs = interfaceCodecs(definition);
    this.#buffer = new Uint8Array(definition.requestSize);
  }

  /**
   * Calls the service.
   *
   * @throws RpcError with the service's code
   */
  *call<const N extends keyof I["requests"] & string>(
    name: N,
    value: PayloadOf<I["requests"][N]>,
    options: CallOptions = {},
  ): Task<ReplyOf<I["requests"][N]>> {
    const { sel4, birth } = this.#thread;
    const length = this.#codecs.request.encodeInto(this.#buffer, { kind: name, value });
    const bytes = this.#buffer.subarray(0, length);
    if (options.cap !== undefined) sel4.setCap(0, options.cap);
    if (options.receiveSlot !== undefined) {
      sel4.setReceivePath(birth.selfCNode, options.receiveSlot, TOP_LEVEL_DEPTH);
    }
    const extraCaps = options.cap === undefined ? 0 : 1;
    const page = this.#end.sharedPage;
    let words = 0;
    if (page === undefined) words = storeMessage(sel4, 0, bytes);
    else sel4.context.copyOut(page, bytes);
    const info = yield* sel4.call(this.#end.endpoint, messageInfo(0, words, extraCaps));
    const code = messageLabel(info);
    if (code !== 0) {
      throw new RpcError(this.#definition.name, name, code, rpcErrorName(this.#definition, code));
    }
    const reply = this.#codecs.replies[name];
    // A reply without contents has no codec.
    if (reply === undefined) return undefined as ReplyOf<I["requests"][N]>;
    return reply.decode(this.#replyBytes(page, info)) as ReplyOf<I["requests"][N]>;
  }

  #replyBytes(page: number | undefined, info: number): Uint8Array {
    const { sel4 } = this.#thread;
    const { requestSize } = this.#definition;
    if (page === undefined) {
      const length = Math.min(messageLength(info) * 4, MAX_MESSAGE_BYTES) - requestSize;
      return loadMessage(sel4, requestSize, Math.max(0, length));
    }
    const bytes = new Uint8Array(PAGE_BYTES - requestSize);
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
