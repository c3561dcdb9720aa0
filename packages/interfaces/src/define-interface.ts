import type { AnySchema } from "@cantrip/postcard";

/** A request of an interface. Absent schemas mean: nothing is sent. */
export interface RequestDefinition {
  /** What follows the discriminant of the request enumeration. */
  readonly payload?: AnySchema;
  readonly reply?: AnySchema;
  /** The request carries a capability. */
  readonly requestCap?: true;
  /** The reply carries a capability. */
  readonly replyCap?: true;
}

/** How messages travel: in message registers, or in a page shared by client and server. */
export type Transport = "basic" | "shared";

/**
 * A service's interface: requests in the order of the Rust enumeration, errors, and limits.
 *
 * All messages are postcard 0.7.
 */
export interface InterfaceDefinition {
  readonly name: string;
  readonly transport: Transport;
  /** Bytes reserved for the request; the reply begins behind them. */
  readonly requestSize: number;
  readonly requests: Readonly<Record<string, RequestDefinition>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly serializeFailed: number;
  readonly deserializeFailed: number;
  readonly unknownError: number;
}

/** Types an interface definition precisely, so that clients and servers can be derived from it. */
export function defineInterface<const I extends InterfaceDefinition>(definition: I): I {
  return definition;
}
