import { enumOf, lazy, Schema, seq, string, struct } from "../schema.ts";

/** A type with its name in Rust (postcard-schema 0.2). */
export interface NamedType {
  readonly name: string;
  readonly ty: DataModelType;
}
/** A field. */
export interface NamedValue {
  readonly name: string;
  readonly ty: NamedType;
}
/** A variant. */
export interface NamedVariant {
  readonly name: string;
  readonly ty: DataModelVariant;
}

/** Types without parts, in postcard-schema's words. */
export type PlainType =
  | "Bool"
  | "I8"
  | "U8"
  | "I16"
  | "I32"
  | "I64"
  | "I128"
  | "U16"
  | "U32"
  | "U64"
  | "U128"
  | "Usize"
  | "Isize"
  | "F32"
  | "F64"
  | "Char"
  | "String"
  | "ByteArray"
  | "Unit"
  | "UnitStruct"
  | "Schema";

/** `DataModelType` */
export type DataModelType =
  | { readonly type: PlainType }
  | { readonly type: "Option" | "NewtypeStruct" | "Seq"; readonly value: NamedType }
  | { readonly type: "Tuple" | "TupleStruct"; readonly value: readonly NamedType[] }
  | { readonly type: "Map"; readonly key: NamedType; readonly val: NamedType }
  | { readonly type: "Struct"; readonly value: readonly NamedValue[] }
  | { readonly type: "Enum"; readonly value: readonly NamedVariant[] };

/** `DataModelVariant` */
export type DataModelVariant =
  | { readonly type: "UnitVariant" }
  | { readonly type: "NewtypeVariant"; readonly value: NamedType }
  | { readonly type: "TupleVariant"; readonly value: readonly NamedType[] }
  | { readonly type: "StructVariant"; readonly value: readonly NamedValue[] };

/** The schema of schemas: how postcard-schema sends a type. */
export const namedType: Schema<NamedType> = struct({
  name: string,
  ty: new Schema<DataModelType>(lazy(() => dataModelType).node),
});
const namedValue: Schema<NamedValue> = struct({ name: string, ty: namedType });
const dataModelVariant: Schema<DataModelVariant> = enumOf({
  UnitVariant: null,
  NewtypeVariant: namedType,
  TupleVariant: seq(namedType),
  StructVariant: seq(namedValue),
});
const namedVariant: Schema<NamedVariant> = struct({ name: string, ty: dataModelVariant });
const dataModelType: Schema<DataModelType> = enumOf({
  Bool: null,
  I8: null,
  U8: null,
  I16: null,
  I32: null,
  I64: null,
  I128: null,
  U16: null,
  U32: null,
  U64: null,
  U128: null,
  Usize: null,
  Isize: null,
  F32: null,
  F64: null,
  Char: null,
  String: null,
  ByteArray: null,
  Option: namedType,
  Unit: null,
  UnitStruct: null,
  NewtypeStruct: namedType,
  Seq: namedType,
  Tuple: seq(namedType),
  TupleStruct: seq(namedType),
  Map: { key: namedType, val: namedType },
  Struct: seq(namedValue),
  Enum: seq(namedVariant),
  Schema: null,
});
