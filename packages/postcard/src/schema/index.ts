import { codec } from "../codec.ts";
import { type AnySchema } from "../schema.ts";
import { type NamedType, namedType } from "./data-model.ts";
import { describe } from "./describe.ts";
import { hashKey } from "./key.ts";
import { restore } from "./restore.ts";

export {
  type DataModelType,
  type DataModelVariant,
  namedType,
  type NamedType,
  type NamedValue,
  type NamedVariant,
  type PlainType,
} from "./data-model.ts";
export { shortKey } from "./key.ts";

const OPTIONS = { format: "1" } as const;

/**
 * A schema as postcard-schema 0.2 describes it. Names of types are those given with `named`.
 *
 * @throws TypeError for what that has no words for: recursion, durations, and enums whose variants have no names.
 */
export function schemaOf({ node }: AnySchema): NamedType {
  return describe(node);
}

/** {@link schemaOf} as it is sent, in format 1. */
export function schemaBytes(schema: AnySchema): Uint8Array {
  return codec(namedType, OPTIONS).encode(schemaOf(schema));
}

/**
 * The schema of a type that postcard-schema describes. Sequences and arrays of `u8` become bytes, and enums without
 * payloads become the names of their variants.
 *
 * @throws TypeError for names that a schema cannot have
 */
export function schemaFrom(type: NamedType): AnySchema {
  return restore(type);
}

/**
 * The schema in the bytes of {@link schemaBytes}.
 *
 * @throws PostcardError when they are none
 */
export function schemaFromBytes(bytes: Uint8Array): AnySchema {
  return restore(codec(namedType, OPTIONS).decode(bytes));
}

/** The 8 bytes by which postcard-rpc names a type at a path. Names of types do not count. */
export function key(path: string, schema: AnySchema): Uint8Array {
  return hashKey(path, describe(schema.node));
}
