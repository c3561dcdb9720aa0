import {
  type AnySchema,
  array,
  bool,
  bytesOwned,
  char,
  enumOf,
  f32,
  f64,
  i128,
  i16,
  i32,
  i64,
  i8,
  isize,
  named,
  newtype,
  option,
  rawBytesOwned,
  Schema,
  seq,
  string,
  struct,
  tuple,
  tupleStruct,
  u128,
  u16,
  u32,
  u64,
  u8,
  unit,
  unitEnum,
  unitStruct,
  usize,
  type VariantSpec,
} from "../schema.ts";
import { type SchemaNode, type VariantNode } from "../schema-node.ts";
import {
  type NamedType,
  namedType,
  type NamedValue,
  type NamedVariant,
  type PlainType,
} from "./data-model.ts";

const PLAIN: Readonly<Record<PlainType, AnySchema>> = {
  Bool: bool,
  I8: i8,
  U8: u8,
  I16: i16,
  I32: i32,
  I64: i64,
  I128: i128,
  U16: u16,
  U32: u32,
  U64: u64,
  U128: u128,
  Usize: usize,
  Isize: isize,
  F32: f32,
  F64: f64,
  Char: char,
  String: string,
  ByteArray: new Schema<Uint8Array>({ type: "bytes", isOwned: true, isByteArray: true }),
  Unit: unit,
  UnitStruct: unitStruct,
  Schema: new Schema<NamedType>({
    type: "lazy",
    resolve: () => namedType.node,
    isSchema: true,
  }),
};

/** The schema of a type that postcard-schema describes; sequences and arrays of `u8` become bytes. */
export function restore({ name, ty }: NamedType): AnySchema {
  return named(name, unnamed({ name, ty }));
}

function unnamed({ name, ty }: NamedType): AnySchema {
  switch (ty.type) {
    case "Option":
      return option(restore(ty.value));
    case "NewtypeStruct":
      return newtype(restore(ty.value));
    case "Seq":
      return isByte(ty.value) ? bytesOwned : seq(restore(ty.value));
    case "Tuple": {
      const [first] = ty.value;
      if (name !== "[T; N]" || first === undefined) return tuple(ty.value.map(restore));
      return isByte(first)
        ? rawBytesOwned(ty.value.length)
        : array(restore(first), ty.value.length);
    }
    case "TupleStruct":
      return tupleStruct(ty.value.map(restore));
    case "Map":
      return new Schema({
        type: "map",
        key: restore(ty.key).node,
        value: restore(ty.val).node,
      });
    case "Struct":
      return struct(fields(ty.value));
    case "Enum":
      return enumeration(ty.value);
    default:
      return PLAIN[ty.type];
  }
}

function isByte({ ty }: NamedType): boolean {
  return ty.type === "U8";
}

function fields(values: readonly NamedValue[]): Readonly<Record<string, AnySchema>> {
  return Object.fromEntries(values.map(({ name, ty }) => [name, restore(ty)]));
}

function enumeration(variants: readonly NamedVariant[]): AnySchema {
  if (variants.length > 0 && variants.every(({ ty }) => ty.type === "UnitVariant")) {
    return unitEnum(...variants.map(({ name }) => name));
  }
  const { node } = enumOf(
    Object.fromEntries(variants.map((variant) => [variant.name, payload(variant)])),
  );
  return new Schema(node.type === "enum" ? { ...node, variants: singles(node, variants) } : node);
}

function payload({ ty }: NamedVariant): VariantSpec {
  if (ty.type === "UnitVariant") return null;
  if (ty.type === "NewtypeVariant") return restore(ty.value);
  return ty.type === "TupleVariant" ? ty.value.map(restore) : fields(ty.value);
}

/** `Result` has tuple variants of one element; their value is that element. */
function singles(
  node: SchemaNode & { readonly type: "enum" },
  variants: readonly NamedVariant[],
): readonly VariantNode[] {
  return node.variants.map((variant, index) => {
    const ty = variants[index]?.ty;
    const [only] = ty?.type === "TupleVariant" && ty.value.length === 1 ? ty.value : [];
    if (only === undefined) return variant;
    return {
      name: variant.name,
      payload: { type: "value", node: restore(only).node, tuple: "element" },
    };
  });
}
