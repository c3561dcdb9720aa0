import { encodeUtf8 } from "../utf8.ts";
import { type DataModelType, type DataModelVariant, type NamedType } from "./data-model.ts";

const BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/** What a type adds to the hash (`postcard_schema::key::hash`). */
const TYPE_BYTES: Readonly<Record<DataModelType["type"], number>> = {
  Bool: 0x11,
  I8: 0xc5,
  U8: 0x3d,
  I16: 0x1d,
  I32: 0x0d,
  I64: 0x0b,
  I128: 0x02,
  U16: 0x83,
  U32: 0xd3,
  U64: 0x13,
  U128: 0x8b,
  Usize: 0x6b,
  Isize: 0xad,
  F32: 0xef,
  F64: 0x71,
  Char: 0xc1,
  String: 0x25,
  ByteArray: 0x65,
  Option: 0x6d,
  Unit: 0x47,
  UnitStruct: 0xbf,
  NewtypeStruct: 0x9d,
  Seq: 0x03,
  Tuple: 0xa7,
  TupleStruct: 0x05,
  Map: 0x4f,
  Struct: 0x7f,
  Enum: 0xe9,
  Schema: 0xb3,
};
const VARIANT_BYTES: Readonly<Record<DataModelVariant["type"], number>> = {
  UnitVariant: 0xb5,
  NewtypeVariant: 0xdf,
  TupleVariant: 0xc7,
  StructVariant: 0x67,
};

/** The key of a type at a path: FNV-1a of the path, the types, and the names of fields and variants. */
export function hashKey(path: string, type: NamedType): Uint8Array {
  let hash = BASIS;
  const byte = (value: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(value)) * PRIME);
  };
  const text = (value: string): void => {
    for (const each of encodeUtf8(value)) byte(each);
  };
  const types = (values: readonly NamedType[]): void => {
    for (const { ty } of values) walk(ty);
  };
  const named = (values: readonly { readonly name: string; readonly ty: NamedType }[]): void => {
    for (const { name, ty } of values) {
      text(name);
      walk(ty.ty);
    }
  };
  const variant = (ty: DataModelVariant): void => {
    byte(VARIANT_BYTES[ty.type]);
    if (ty.type === "NewtypeVariant") walk(ty.value.ty);
    else if (ty.type === "TupleVariant") types(ty.value);
    else if (ty.type === "StructVariant") named(ty.value);
  };
  const walk = (ty: DataModelType): void => {
    byte(TYPE_BYTES[ty.type]);
    switch (ty.type) {
      case "Option":
      case "NewtypeStruct":
      case "Seq":
        walk(ty.value.ty);
        break;
      case "Tuple":
      case "TupleStruct":
        types(ty.value);
        break;
      case "Map":
        types([ty.key, ty.val]);
        break;
      case "Struct":
        named(ty.value);
        break;
      case "Enum":
        for (const { name, ty: inner } of ty.value) {
          text(name);
          variant(inner);
        }
        break;
      default:
    }
  };
  text(path);
  walk(type.ty);
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, hash, true);
  return key;
}

/** A key folded to 4, 2 or 1 bytes, as postcard-rpc shortens it. */
export function shortKey(key: Uint8Array, length: 1 | 2 | 4): Uint8Array {
  let folded = key;
  while (folded.length > length) {
    const whole = folded;
    folded = Uint8Array.from(
      { length: whole.length / 2 },
      (_, index) => (whole[index * 2] ?? 0) ^ (whole[index * 2 + 1] ?? 0),
    );
  }
  return folded;
}
