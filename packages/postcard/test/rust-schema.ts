import * as p from "@cantrip/postcard";

/** The JSON form in which the vectors describe a type (postcard-schema's model). */
interface RustType {
  readonly name: string;
  readonly ty: { readonly n: string; readonly d?: unknown };
}
interface RustField {
  readonly name: string;
  readonly ty: RustType;
}

const scalars: Readonly<Record<string, p.AnySchema>> = {
  Bool: p.bool,
  U8: p.u8,
  U16: p.u16,
  U32: p.u32,
  U64: p.u64,
  Usize: p.usize,
  I8: p.i8,
  I16: p.i16,
  I32: p.i32,
  I64: p.i64,
  Isize: p.isize,
  F32: p.f32,
  F64: p.f64,
  Char: p.char,
  String: p.string,
  ByteArray: p.bytes,
  Unit: p.unit,
  UnitStruct: p.struct({}),
};

/** Our schema of a type of the vectors, and the translation of the vectors' values. */
export interface Translated {
  readonly schema: p.AnySchema;
  readonly value: (json: unknown) => unknown;
}

function fieldsOf(types: readonly RustField[]) {
  const fields = types.map((field) => ({ name: field.name, inner: translate(field.ty) }));
  return {
    schemas: Object.fromEntries(fields.map(({ name, inner }) => [name, inner.schema])),
    value: (json: unknown) => {
      const object = json as Readonly<Record<string, unknown>>;
      return Object.fromEntries(fields.map(({ name, inner }) => [name, inner.value(object[name])]));
    },
  };
}

export function translate(type: RustType): Translated {
  const { n, d } = type.ty;
  const scalar = scalars[n];
  if (scalar !== undefined) return { schema: scalar, value: (json) => scalarValue(n, json) };
  switch (n) {
    case "Option": {
      const inner = translate(d as RustType);
      return {
        schema: p.option(inner.schema),
        value: (json) => {
          const object = json as { $some?: unknown };
          return "$some" in object ? inner.value(object.$some) : undefined;
        },
      };
    }
    case "NewtypeStruct":
      return translate(d as RustType);
    case "Seq": {
      const inner = translate(d as RustType);
      return {
        schema: p.seq(inner.schema),
        value: (json) => listOf(json).map((item) => inner.value(item)),
      };
    }
    case "Tuple":
    case "TupleStruct": {
      const inner = (d as RustType[]).map(translate);
      return {
        schema: p.tuple(inner.map((item) => item.schema)),
        value: (json) => listOf(json).map((item, index) => inner[index]?.value(item)),
      };
    }
    case "Map": {
      const { key, val } = d as { key: RustType; val: RustType };
      const [keys, values] = [translate(key), translate(val)];
      return {
        schema: p.map(keys.schema as p.Schema<string>, values.schema),
        value: (json) =>
          new Map(
            (json as { $map: [unknown, unknown][] }).$map.map(([k, v]) => [
              keys.value(k),
              values.value(v),
            ]),
          ),
      };
    }
    case "Struct": {
      const { schemas, value } = fieldsOf((d ?? []) as RustField[]);
      return { schema: p.struct(schemas), value };
    }
    case "Enum": {
      const variants = (d as { name: string; ty: { n: string; d?: unknown } }[]).map(
        ({ name, ty }) => ({ name, payload: variantOf(ty) }),
      );
      return {
        schema: p.enumeration(
          Object.fromEntries(variants.map(({ name, payload }) => [name, payload.spec])),
        ),
        value: (json) => {
          const { $v, n: kind, d: data } = json as { $v: number; n: string; d?: unknown };
          return { kind, ...variants[$v]?.payload.value(data) };
        },
      };
    }
    default:
      throw new Error(`no translation for ${n}`);
  }
}

function variantOf(ty: { n: string; d?: unknown }): {
  spec: p.VariantSpec;
  value: (data: unknown) => Record<string, unknown>;
} {
  if (ty.n === "UnitVariant") return { spec: null, value: () => ({}) };
  if (ty.n === "StructVariant") {
    const { schemas, value } = fieldsOf(ty.d as RustField[]);
    return { spec: schemas, value };
  }
  const types = ty.n === "NewtypeVariant" ? [ty.d as RustType] : (ty.d as RustType[]);
  const [only] = types;
  if (types.length === 1 && only !== undefined) {
    const inner = translate(only);
    return { spec: inner.schema, value: (data) => ({ value: inner.value(data) }) };
  }
  const inner = types.map(translate);
  return {
    spec: inner.map((item) => item.schema),
    value: (data) => ({ value: listOf(data).map((item, index) => inner[index]?.value(item)) }),
  };
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [...unhex((json as { $hex: string }).$hex)];
}

function scalarValue(name: string, json: unknown): unknown {
  switch (name) {
    case "U64":
    case "I64":
      return BigInt((json as { $int: string }).$int);
    case "Usize":
    case "Isize":
      return Number((json as { $int: string }).$int);
    case "F32": {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, Number.parseInt((json as { $f32: string }).$f32, 16));
      return view.getFloat32(0);
    }
    case "F64": {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(`0x${(json as { $f64: string }).$f64}`));
      return view.getFloat64(0);
    }
    case "ByteArray":
      return unhex((json as { $hex: string }).$hex);
    case "Unit":
      return undefined;
    case "UnitStruct":
      return {};
    default:
      return json;
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}
