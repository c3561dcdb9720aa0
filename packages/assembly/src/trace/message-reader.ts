import { type InterfaceCodecs, interfaceCodecs, rpcErrorName } from "@cantrip/camkes-rpc";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import { CapType, type Tcb, TcbSlot } from "@cantrip/sel4-kernel";
import {
  MESSAGE_MAX_LENGTH,
  messageExtraCaps,
  messageLabel,
  messageLength,
} from "@cantrip/sel4-sys";
import type { ObservedSystem } from "../riscv/system-observer.ts";
import { formatPayload, formatWord, hexBytes } from "./format-value.ts";
import type { SystemNames } from "./names.ts";
import { readSdkRequest, sdkReplyText, servesApplications } from "./sdk-messages.ts";
import type { ThreadMemory } from "./thread-memory.ts";

const INFO_REGISTER = 11;
const PAGE_BYTES = 4096;
const WORD_BYTES = 4;
/** Bytes shown of a message that cannot be decoded. */
const SHOWN_BYTES = 24;
/** Words shown of a message without an interface. */
const SHOWN_WORDS = 8;

/** A message that a thread sends, read from its registers and memory. */
export interface SentMessage {
  /** `security.LoadApplication`; empty for a message of no known interface. */
  readonly name: string;
  /** `security.LoadApplication("hello")` */
  readonly text: string;
  /** Reads the answer, when it comes. */
  readonly readReply: (server: Tcb, client: Tcb, info: number) => string;
}

/** A client's end of an RPC connection. */
interface ClientEnd {
  readonly definition: InterfaceDefinition;
  readonly page: number | undefined;
}

/** Decodes messages between components, and from applications to the SDK runtime. */
export class MessageReader {
  readonly #names: SystemNames;
  readonly #memory: ThreadMemory;
  /** Client ends by component and slot of the endpoint. */
  readonly #ends = new Map<string, Map<number, ClientEnd>>();
  readonly #codecs = new Map<InterfaceDefinition, InterfaceCodecs>();
  readonly #servesApplications: boolean;

  constructor(system: ObservedSystem, names: SystemNames, memory: ThreadMemory) {
    this.#names = names;
    this.#memory = memory;
    const { births, description } = system.plan;
    this.#servesApplications = servesApplications(description);
    for (const [component, birth] of births ?? []) {
      const ends = new Map<number, ClientEnd>();
      const interfaces = description?.components[component]?.type.interfaces ?? {};
      for (const [end, client] of Object.entries(birth.clients)) {
        const definition = interfaces[end];
        if (definition === undefined) continue;
        for (const { endpoint, sharedPage } of [client, ...Object.values(client.callers ?? {})])
          ends.set(endpoint, { definition, page: sharedPage });
      }
      this.#ends.set(component, ends);
    }
  }

  /** What a thread sends to the capability at `cptr`, with its registers as they are. */
  sent(sender: Tcb, cptr: number): SentMessage {
    const end = this.#endOf(sender, cptr);
    if (end !== undefined) return this.#rpc(sender, end);
    if (this.#servesApplications) {
      const request = readSdkRequest(sender, this.#memory);
      if (request !== undefined) {
        const { name, text } = request;
        const readReply = (_server: Tcb, _client: Tcb, info: number): string =>
          sdkReplyText(request, messageLabel(info), this.#memory);
        return { name, text, readReply };
      }
    }
    const text = this.plain(sender, (sender.context[INFO_REGISTER] ?? 0) >>> 0);
    return { name: "", text, readReply: (server, _client, info) => this.plain(server, info) };
  }

  /** Label and words of a message of no known interface. */
  plain(sender: Tcb, info: number): string {
    const length = Math.min(messageLength(info), MESSAGE_MAX_LENGTH);
    const words = Array.from({ length: Math.min(length, SHOWN_WORDS) }, (_, index) =>
      formatWord(this.#memory.messageWord(sender, index)),
    );
    if (length > SHOWN_WORDS) words.push(`…+${length - SHOWN_WORDS}`);
    return `label ${messageLabel(info)} [${words.join(", ")}]`;
  }

  #endOf(sender: Tcb, cptr: number): ClientEnd | undefined {
    const component = this.#names.componentOf(sender);
    if (component === undefined) return undefined;
    const slot = this.#memory.slot(sender, cptr);
    const root = sender.slots[TcbSlot.CTable]?.cap;
    if (slot === null || root?.type !== CapType.CNode || slot.owner !== root.object)
      return undefined;
    return this.#ends.get(component)?.get(slot.index);
  }

  #rpc(sender: Tcb, end: ClientEnd): SentMessage {
    const { definition, page } = end;
    const { request, replies } = this.#codecsOf(definition);
    const bytes = this.#requestBytes(sender, end);
    if (bytes === undefined) {
      const text = `${definition.name}.? (nothing is mapped at ${formatWord(page ?? 0)})`;
      return this.#unreadable(definition, text);
    }
    const decoded = request.safeDecode(bytes);
    if (!decoded.ok) {
      const text = `${definition.name}.? ${shortHex(bytes)} (${decoded.error.message})`;
      return this.#unreadable(definition, text);
    }
    const { type: kind, value } = decoded.value;
    const schema = definition.requests[kind]?.payload;
    const name = `${definition.name}.${kind}`;
    return {
      name,
      text: schema === undefined ? name : name + formatPayload(schema, value),
      readReply: (server, client, info) => {
        const code = messageLabel(info);
        if (code !== 0) return `${name} -> ${rpcErrorName(definition, code)}`;
        const reply = replies[kind];
        const replySchema = definition.requests[kind]?.reply;
        if (reply === undefined || replySchema === undefined) return `${name} -> Success`;
        const replyBytes = this.#replyBytes(server, client, info, end);
        if (replyBytes === undefined)
          return `${name} -> ? (nothing is mapped at ${formatWord(page ?? 0)})`;
        const result = reply.safeDecode(replyBytes);
        if (!result.ok) return `${name} -> ? ${shortHex(replyBytes)} (${result.error.message})`;
        return `${name} -> ${kind}Reply${formatPayload(replySchema, result.value)}`;
      },
    };
  }

  #unreadable(definition: InterfaceDefinition, text: string): SentMessage {
    const name = `${definition.name}.?`;
    const readReply = (server: Tcb, _client: Tcb, info: number): string => {
      const code = messageLabel(info);
      const result = code === 0 ? this.plain(server, info) : rpcErrorName(definition, code);
      return `${name} -> ${result}`;
    };
    return { name, text, readReply };
  }

  #codecsOf(definition: InterfaceDefinition): InterfaceCodecs {
    let codecs = this.#codecs.get(definition);
    if (codecs === undefined) this.#codecs.set(definition, (codecs = interfaceCodecs(definition)));
    return codecs;
  }

  #requestBytes(sender: Tcb, { definition, page }: ClientEnd): Uint8Array | undefined {
    const { requestSize } = definition;
    if (page !== undefined) return this.#memory.bytes(sender, page, requestSize);
    const length = messageLength((sender.context[INFO_REGISTER] ?? 0) >>> 0);
    return this.#memory.messageBytes(sender, 0, Math.min(length, requestSize / WORD_BYTES));
  }

  #replyBytes(
    server: Tcb,
    client: Tcb,
    info: number,
    { definition, page }: ClientEnd,
  ): Uint8Array | undefined {
    const { requestSize } = definition;
    if (page !== undefined)
      return this.#memory.bytes(client, page + requestSize, PAGE_BYTES - requestSize);
    const first = requestSize / WORD_BYTES;
    const words = Math.min(messageLength(info), MESSAGE_MAX_LENGTH) - first;
    return this.#memory.messageBytes(server, first, words);
  }
}

/** ` +2 caps`, or nothing. */
export function capsText(info: number): string {
  const count = messageExtraCaps(info);
  if (count === 0) return "";
  return count === 1 ? " +1 cap" : ` +${count} caps`;
}

function shortHex(bytes: Uint8Array): string {
  const more = bytes.length - SHOWN_BYTES;
  return `[${hexBytes(bytes.subarray(0, SHOWN_BYTES))}${more > 0 ? ` …+${more}` : ""}]`;
}
