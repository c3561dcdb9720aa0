import type { InterfaceDefinition, RequestDefinition } from "@cantrip/interfaces";
import { type AnySchema, type Codec, codec, enumOf, type Infer } from "@cantrip/postcard";

/** The value that a request carries; `undefined` when it carries none. */
export type PayloadOf<R extends RequestDefinition> = R extends {
  readonly payload: infer S extends AnySchema;
}
  ? Infer<S>
  : undefined;
/** The value of a reply; `undefined` when there is none. */
export type ReplyOf<R extends RequestDefinition> = R extends {
  readonly reply: infer S extends AnySchema;
}
  ? Infer<S>
  : undefined;

/** A request as it travels. */
export interface RequestMessage {
  readonly type: string;
  readonly value?: unknown;
}

/** Codecs of an interface. */
export interface InterfaceCodecs {
  readonly request: Codec<RequestMessage>;
  readonly replies: Readonly<Record<string, Codec<unknown> | undefined>>;
}

/** Makes the codecs of an interface: the request enumeration in declaration order, and a codec for each reply. */
export function interfaceCodecs(definition: InterfaceDefinition): InterfaceCodecs {
  const options = { format: "0.7" } as const;
  const variants = Object.fromEntries(
    Object.entries(definition.requests).map(
      ([name, { payload }]) => [name, payload ?? null] as const,
    ),
  );
  const replies = Object.fromEntries(
    Object.entries(definition.requests).map(([name, { reply }]) => [
      name,
      reply === undefined ? undefined : codec(reply, options),
    ]),
  );
  return { request: codec<RequestMessage>(enumOf(variants), options), replies };
}

/** Name of an error code of an interface. */
export function rpcErrorName(definition: InterfaceDefinition, code: number): string {
  return (
    Object.entries(definition.errors).find(([, value]) => value === code)?.[0] ?? `error ${code}`
  );
}
