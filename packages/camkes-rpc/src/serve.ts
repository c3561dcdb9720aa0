import { PageFault, type Task, trampolined } from "@cantrip/hosted";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import { PostcardError } from "@cantrip/postcard";
import { messageExtraCaps, messageInfo, messageLength } from "@cantrip/sel4-sys";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import type { ServerBirth } from "./birth.ts";
import type { ComponentThread } from "./component.ts";
import {
  type InterfaceCodecs,
  interfaceCodecs,
  type PayloadOf,
  type ReplyOf,
} from "./interface-codecs.ts";
import { loadMessage, MAX_MESSAGE_BYTES, storeMessage } from "./message-bytes.ts";
import { RpcFailure } from "./rpc-error.ts";

const PAGE_BYTES = 4096;

/** Who sent a request. */
export interface RpcCaller {
  /** The client component's: whichever of its threads calls. */
  readonly badge: number;
  /** Slot with the capability that came with the request; deleted after the handler unless it was moved. */
  readonly cap: number | undefined;
}

/** A reply with a capability; its slot is deleted and freed after the reply was sent. */
export class ReplyWithCap<T> {
  readonly reply: T;
  readonly slot: number;
  constructor(reply: T, slot: number) {
    this.reply = reply;
    this.slot = slot;
  }
}

/** A handler for each request of an interface. It refuses by throwing {@link RpcFailure}. */
export type Handlers<I extends InterfaceDefinition> = {
  readonly [N in keyof I["requests"]]: (
    value: PayloadOf<I["requests"][N]>,
    caller: RpcCaller,
  ) => Task<ReplyOf<I["requests"][N]> | ReplyWithCap<ReplyOf<I["requests"][N]>>>;
};

/** How a server behaves. */
export interface ServeOptions {
  /** Told of errors of handlers that are not refusals; the client gets the interface's unknown error. */
  readonly onError?: (request: string, error: unknown) => Task<void>;
  /** What to do when a notification that is bound to the thread is signalled. */
  readonly signal?: {
    /** Badge with which it is signalled: none of a client's. */
    readonly badge: number;
    readonly handler: () => Task<void>;
  };
  /** What a request has left to do, for when nobody asks for anything. Only for a thread with time of its own. */
  readonly background?: {
    /** Whether there is something to do. */
    readonly isPending: () => boolean;
    /** Does a little of it, and does not block: requests are taken in between. Where it gets nowhere, it yields. */
    readonly work: () => Task<void>;
  };
}

type AnyHandler = (value: unknown, caller: RpcCaller) => Task<unknown>;

/** What a dispatched request comes to. */
interface Outcome {
  readonly code: number;
  readonly bytes: Uint8Array;
  readonly capSlot: number | undefined;
}

const NO_BYTES = new Uint8Array(0);

/** Serves an interface for ever. The interface's transport decides how messages travel. */
export function* serve<I extends InterfaceDefinition>(
  thread: ComponentThread,
  name: string,
  definition: I,
  handlers: Handlers<I>,
  options: ServeOptions = {},
): Task<never> {
  const end = thread.birth.servers[name];
  if (end === undefined)
    throw new RangeError(`${thread.birth.name} has no server interface "${name}"`);
  if (thread.own.passive !== undefined && options.signal !== undefined)
    throw new RangeError(
      `${thread.birth.name}.${name} is passive: a signal would bring it no time`,
    );
  if (thread.own.passive !== undefined && options.background !== undefined)
    throw new RangeError(
      `${thread.birth.name}.${name} is passive: it has no time for work in the background`,
    );
  const server = new Server(
    thread,
    end,
    definition,
    handlers as Readonly<Record<string, AnyHandler>>,
    options,
  );
  return yield* server.run();
}

class Server {
  readonly #thread: ComponentThread;
  readonly #end: ServerBirth;
  readonly #definition: InterfaceDefinition;
  readonly #handlers: Readonly<Record<string, AnyHandler>>;
  readonly #options: ServeOptions;
  readonly #codecs: InterfaceCodecs;
  readonly #receiveSlot: number | undefined;
  /** The request in a shared page, while it is decoded: values are copies. */
  readonly #request: Uint8Array;
  /** Badge of the component, by that of a thread that is not its first. */
  readonly #components: ReadonlyMap<number, number>;

  constructor(
    thread: ComponentThread,
    end: ServerBirth,
    definition: InterfaceDefinition,
    handlers: Readonly<Record<string, AnyHandler>>,
    options: ServeOptions,
  ) {
    this.#thread = thread;
    this.#end = end;
    this.#definition = definition;
    this.#handlers = handlers;
    this.#options = options;
    this.#codecs = interfaceCodecs(definition);
    this.#request = new Uint8Array(definition.transport === "shared" ? definition.requestSize : 0);
    this.#components = new Map(
      Object.entries(end.clients)
        .map(([badge, client]) => [Number(badge), client.badge] as const)
        .filter(([badge, client]) => badge !== client),
    );
    const takesCaps = Object.values(definition.requests).some(
      ({ requestCap }) => requestCap === true,
    );
    this.#receiveSlot = takesCaps ? thread.runtime.slots.alloc() : undefined;
  }

  *run(): Task<never> {
    const { sel4, own } = this.#thread;
    const { endpoint, reply } = this.#end;
    const isPassive = own.passive !== undefined;
    /** Slot of the capability that went with the last reply, while it is still to be deleted. */
    let sentSlot: number | undefined;
    this.#offerReceiveSlot();
    let info: number;
    if (own.passive === undefined) {
      info = yield* sel4.recv(endpoint, reply);
    } else {
      yield* sel4.nbSendRecv(own.passive.ready, 0, own.passive.go, reply);
      info = yield* sel4.replyRecv(endpoint, 0, reply);
    }
    for (;;) {
      const { badge } = sel4;
      if (badge === this.#options.signal?.badge) {
        yield* this.#options.signal.handler();
        this.#offerReceiveSlot();
        info = yield* this.#receive();
        continue;
      }
      const outcome = yield* this.#answer(info, badge);
      if (messageExtraCaps(info) > 0) yield* this.#dropReceived();
      if (sentSlot !== undefined) {
        yield* this.#releaseReplyCap(sentSlot);
        sentSlot = undefined;
      }
      const words = this.#storeReply(outcome, badge);
      this.#offerReceiveSlot();
      if (outcome.capSlot === undefined && this.#options.background?.isPending() === true) {
        yield* sel4.send(reply, messageInfo(outcome.code, words));
        info = yield* this.#receive();
      } else if (outcome.capSlot === undefined) {
        info = yield* sel4.replyRecv(endpoint, messageInfo(outcome.code, words), reply);
      } else if (isPassive) {
        // Its time goes back with the reply: what is left to do waits for the next caller's.
        sentSlot = outcome.capSlot;
        sel4.setCap(0, sentSlot);
        info = yield* sel4.replyRecv(endpoint, messageInfo(outcome.code, words, 1), reply);
      } else {
        sel4.setCap(0, outcome.capSlot);
        yield* sel4.send(reply, messageInfo(outcome.code, words, 1));
        yield* this.#releaseReplyCap(outcome.capSlot);
        this.#offerReceiveSlot();
        info = yield* this.#receive();
      }
    }
  }

  /** Waits for the next request, and works in the background until it comes. */
  *#receive(): Task<number> {
    const { sel4 } = this.#thread;
    const { endpoint, reply } = this.#end;
    const { background } = this.#options;
    while (background?.isPending() === true) {
      const info = yield* sel4.nbRecv(endpoint, reply);
      // No client has badge 0.
      if (sel4.badge !== 0) return info;
      yield* background.work();
      this.#offerReceiveSlot();
    }
    return yield* sel4.recv(endpoint, reply);
  }

  #offerReceiveSlot(): void {
    const { sel4, birth } = this.#thread;
    if (this.#receiveSlot !== undefined)
      sel4.setReceivePath(birth.selfCNode, this.#receiveSlot, TOP_LEVEL_DEPTH);
  }

  *#dropReceived(): Task<void> {
    const { sel4, birth } = this.#thread;
    if (this.#receiveSlot === undefined) return;
    yield* sel4.cnode.delete({
      root: birth.selfCNode,
      index: this.#receiveSlot,
      depth: TOP_LEVEL_DEPTH,
    });
  }

  *#releaseReplyCap(slot: number): Task<void> {
    const { sel4, birth, runtime } = this.#thread;
    yield* sel4.cnode.delete({ root: birth.selfCNode, index: slot, depth: TOP_LEVEL_DEPTH });
    runtime.slots.free(slot);
  }

  *#answer(info: number, badge: number): Task<Outcome> {
    let request: { readonly type: string; readonly value?: unknown };
    try {
      request = this.#codecs.request.decode(this.#requestBytes(info, badge));
    } catch (error) {
      if (!(error instanceof PostcardError)) throw error;
      return { code: this.#definition.deserializeFailed, bytes: NO_BYTES, capSlot: undefined };
    }
    const cap = messageExtraCaps(info) > 0 ? this.#receiveSlot : undefined;
    try {
      const client = this.#components.get(badge) ?? badge;
      return yield* this.#dispatch(request.type, request.value, { badge: client, cap });
    } catch (error) {
      if (error instanceof RpcFailure)
        return { code: error.code, bytes: NO_BYTES, capSlot: undefined };
      // A page fault is the thread's own.
      if (error instanceof PageFault || this.#options.onError === undefined) throw error;
      yield* this.#options.onError(request.type, error);
      return { code: this.#definition.unknownError, bytes: NO_BYTES, capSlot: undefined };
    }
  }

  *#dispatch(kind: string, value: unknown, caller: RpcCaller): Task<Outcome> {
    const handler = this.#handlers[kind];
    if (handler === undefined)
      return { code: this.#definition.unknownError, bytes: NO_BYTES, capSlot: undefined };
    const result = yield* trampolined(handler(value, caller));
    const capSlot = result instanceof ReplyWithCap ? result.slot : undefined;
    const reply: unknown = result instanceof ReplyWithCap ? result.reply : result;
    const bytes = this.#encodeReply(kind, reply);
    if (bytes !== undefined) return { code: 0, bytes, capSlot };
    if (capSlot !== undefined) yield* this.#releaseReplyCap(capSlot);
    return { code: this.#definition.serializeFailed, bytes: NO_BYTES, capSlot: undefined };
  }

  /** The bytes of a reply; `undefined` when it cannot be encoded or is too long. */
  #encodeReply(kind: string, reply: unknown): Uint8Array | undefined {
    const { transport, requestSize } = this.#definition;
    const capacity = (transport === "shared" ? PAGE_BYTES : MAX_MESSAGE_BYTES) - requestSize;
    try {
      const bytes = this.#codecs.replies[kind]?.encode(reply) ?? NO_BYTES;
      return bytes.length <= capacity ? bytes : undefined;
    } catch (error) {
      if (error instanceof PostcardError) return undefined;
      throw error;
    }
  }

  #requestBytes(info: number, badge: number): Uint8Array {
    const { sel4 } = this.#thread;
    const { transport, requestSize } = this.#definition;
    if (transport === "basic")
      return loadMessage(sel4, 0, Math.min(messageLength(info) * 4, requestSize));
    const page = this.#end.sharedPages[String(badge)];
    if (page === undefined) return NO_BYTES;
    sel4.context.copyIn(page, this.#request);
    return this.#request;
  }

  #storeReply({ code, bytes }: Outcome, badge: number): number {
    if (code !== 0) return 0;
    const { sel4 } = this.#thread;
    const { transport, requestSize } = this.#definition;
    if (transport === "basic") return storeMessage(sel4, requestSize, bytes);
    const page = this.#end.sharedPages[String(badge)];
    if (page !== undefined) sel4.context.copyOut(page + requestSize, bytes);
    // CantripOS's clients look at the label alone, and decode what they find in the page.
    sel4.setMessageRegister(0, bytes.length);
    return 1;
  }
}
