/** Scalars by their Rust names, and the forms in which JavaScript can hold them. */
export type ScalarName =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "u64n"
  | "u128"
  | "usize"
  | "usizeBig"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "i64n"
  | "i128"
  | "isize"
  | "isizeBig"
  | "f32"
  | "f64"
  | "f32bits"
  | "f64bits"
  | "char"
  | "unit"
  | "unitStruct"
  | "duration";

/** What follows the discriminant of a variant. */
export type Payload =
  | { readonly type: "unit" }
  | {
      readonly type: "value";
      readonly node: SchemaNode;
      /** A tuple variant, and `node` the tuple, or its only element (as in `Result`). */
      readonly tuple?: "whole" | "element";
    }
  | { readonly type: "fields"; readonly fields: readonly FieldNode[] };

/** A variant of an enum. */
export interface VariantNode {
  readonly name: string;
  /** `unit`: nothing; `value`: one payload under `value`; `fields`: fields beside the tag. */
  readonly payload: Payload;
}

/** A field of a struct or of a struct variant. */
export interface FieldNode {
  readonly name: string;
  readonly node: SchemaNode;
}

/** The description that the engines read. `name` is the type's name in Rust, which only postcard-schema knows. */
export type SchemaNode = { readonly name?: string } & (
  | { readonly type: "scalar"; readonly scalar: ScalarName }
  | { readonly type: "nonZero"; readonly inner: SchemaNode }
  | {
      readonly type: "fixint";
      /** An integer of 16 to 128 bits. */
      readonly scalar: ScalarName;
      readonly isBigEndian: boolean;
    }
  | { readonly type: "string"; readonly max: number | undefined }
  | { readonly type: "bytes"; readonly isOwned: boolean; readonly isByteArray?: true }
  | { readonly type: "rawBytes"; readonly length: number; readonly isOwned: boolean }
  | { readonly type: "option"; readonly inner: SchemaNode; readonly isWrapped: boolean }
  | { readonly type: "newtype"; readonly inner: SchemaNode }
  | { readonly type: "seq"; readonly element: SchemaNode; readonly max: number | undefined }
  | { readonly type: "map"; readonly key: SchemaNode; readonly value: SchemaNode }
  | { readonly type: "array"; readonly element: SchemaNode; readonly length: number }
  | { readonly type: "tuple"; readonly elements: readonly SchemaNode[]; readonly isStruct: boolean }
  | { readonly type: "struct"; readonly fields: readonly FieldNode[] }
  | {
      readonly type: "enum";
      readonly tag: string;
      readonly variants: readonly VariantNode[];
    }
  | { readonly type: "unitEnum"; readonly names: readonly string[] }
  | { readonly type: "enumIndex"; readonly count: number }
  | {
      readonly type: "lazy";
      readonly resolve: () => SchemaNode;
      /** The value is itself a type of postcard-schema (`DataModelType::Schema`). */
      readonly isSchema?: true;
    }
);

/** Whether `None` and a value of the schema would both be `undefined`. */
export function canBeUndefined(node: SchemaNode): boolean {
  return node.type === "newtype"
    ? canBeUndefined(node.inner)
    : node.type === "option" || (node.type === "scalar" && node.scalar.startsWith("unit"));
}

/** A schema to those that only read it: its description, and the type of its values. */
export interface TypedNode<out T> {
  readonly node: SchemaNode;
  /** Carries the type only; never set. */
  readonly "~type"?: T;
}
