import { type FieldNode, type Payload, type ScalarName, type SchemaNode } from "../schema-node.ts";
import {
  type DataModelType,
  type DataModelVariant,
  type NamedType,
  type NamedValue,
  type PlainType,
} from "./data-model.ts";

const SCALARS: Readonly<Record<ScalarName, readonly [string, PlainType] | undefined>> = {
  bool: ["bool", "Bool"],
  u8: ["u8", "U8"],
  u16: ["u16", "U16"],
  u32: ["u32", "U32"],
  u64: ["u64", "U64"],
  u64n: ["u64", "U64"],
  u128: ["u128", "U128"],
  usize: ["usize", "Usize"],
  usizeBig: ["usize", "Usize"],
  i8: ["i8", "I8"],
  i16: ["i16", "I16"],
  i32: ["i32", "I32"],
  i64: ["i64", "I64"],
  i64n: ["i64", "I64"],
  i128: ["i128", "I128"],
  isize: ["isize", "Isize"],
  isizeBig: ["isize", "Isize"],
  f32: ["f32", "F32"],
  f64: ["f64", "F64"],
  f32bits: ["f32", "F32"],
  f64bits: ["f64", "F64"],
  char: ["char", "Char"],
  unit: ["()", "Unit"],
  unitStruct: ["", "UnitStruct"],
  duration: undefined,
};
const BYTE: NamedType = { name: "u8", ty: { type: "U8" } };

/**
 * A schema in postcard-schema's words.
 *
 * @throws TypeError for what it has no words for: recursion, durations, and enums whose variants have no names.
 */
export function describe(node: SchemaNode): NamedType {
  const { name, ty } = unnamed(node);
  return { name: node.name ?? name, ty };
}

function unnamed(node: SchemaNode): NamedType {
  switch (node.type) {
    case "scalar": {
      const words = SCALARS[node.scalar];
      if (words === undefined) throw new TypeError(`postcard-schema has no ${node.scalar}`);
      return { name: words[0], ty: { type: words[1] } };
    }
    case "nonZero": {
      const { name, ty } = describe(node.inner);
      return { name: `NonZero${name.toUpperCase()}`, ty };
    }
    case "fixint":
      // `serde(with)` does not change what the type says of itself.
      return describe({ type: "scalar", scalar: node.scalar });
    case "string":
      return { name: "String", ty: { type: "String" } };
    case "bytes":
      return node.isByteArray === true
        ? { name: "ByteArray", ty: { type: "ByteArray" } }
        : { name: node.isOwned ? "Vec<T>" : "[T]", ty: { type: "Seq", value: BYTE } };
    case "rawBytes":
      return array(BYTE, node.length);
    case "option":
      return { name: "Option<T>", ty: { type: "Option", value: describe(node.inner) } };
    case "newtype":
      return { name: "", ty: { type: "NewtypeStruct", value: describe(node.inner) } };
    case "seq":
      return { name: "Vec<T>", ty: { type: "Seq", value: describe(node.element) } };
    case "map":
      return {
        name: "BTreeMap<K, V>",
        ty: { type: "Map", key: describe(node.key), val: describe(node.value) },
      };
    case "array":
      return array(describe(node.element), node.length);
    case "tuple": {
      const value = node.elements.map(describe);
      const letters = value.map((_, index) => `${String.fromCharCode(0x41 + index)},`);
      return node.isStruct
        ? { name: "", ty: { type: "TupleStruct", value } }
        : { name: `(${letters.join(" ")})`, ty: { type: "Tuple", value } };
    }
    case "struct":
      return { name: "", ty: { type: "Struct", value: fields(node.fields) } };
    case "enum":
      return enumeration(
        node.variants.map(({ name, payload }) => ({ name, ty: variant(payload) })),
      );
    case "unitEnum":
      return enumeration(node.names.map((name) => ({ name, ty: { type: "UnitVariant" } })));
    case "enumIndex":
      throw new TypeError("the variants of an enumIndex have no names");
    case "lazy":
      if (node.isSchema !== true) throw new TypeError("postcard-schema has no recursion");
      return { name: "NamedType", ty: { type: "Schema" } };
  }
}

function array(element: NamedType, length: number): NamedType {
  return {
    name: "[T; N]",
    ty: { type: "Tuple", value: Array.from({ length }, () => element) },
  };
}

function enumeration(value: (DataModelType & { type: "Enum" })["value"]): NamedType {
  return { name: "", ty: { type: "Enum", value } };
}

function fields(nodes: readonly FieldNode[]): readonly NamedValue[] {
  return nodes.map(({ name, node }) => ({ name, ty: describe(node) }));
}

function variant(payload: Payload): DataModelVariant {
  if (payload.type === "unit") return { type: "UnitVariant" };
  if (payload.type === "fields") return { type: "StructVariant", value: fields(payload.fields) };
  const { node } = payload;
  if (payload.tuple === undefined) return { type: "NewtypeVariant", value: describe(node) };
  const value = node.type === "tuple" && payload.tuple === "whole" ? node.elements : [node];
  return { type: "TupleVariant", value: value.map(describe) };
}
