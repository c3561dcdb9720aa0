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

/** The schemas that hold every value exactly. */
export const exact: Readonly<Record<string, p.AnySchema>> = {
  Bool: p.bool,
  U8: p.u8,
  U16: p.u16,
  U32: p.u32,
  U64: p.u64,
  U128: p.u128,
  Usize: p.usizeBig,
  I8: p.i8,
  I16: p.i16,
  I32: p.i32,
  I64: p.i64,
  I128: p.i128,
  Isize: p.isizeBig,
  F32: p.f32bits,
  F64: p.f64bits,
  Char: p.char,
  String: p.string,
  ByteArray: p.bytes,
  Unit: p.unit,
  UnitStruct: p.unitStruct,
};
/** Those that are handier, and hold less. */
export const handy: typeof exact = {
  ...exact,
  U64: p.u64n,
  Usize: p.usize,
  I64: p.i64n,
  Isize: p.isize,
  F32: p.f32,
  F64: p.f64,
  ByteArray: p.bytesOwned,
};

/** Our schema of a type of the vectors, and the translation of the vectors' values. */
export interface Translated {
  readonly schema: p.AnySchema;
  readonly value: (json: unknown) => unknown;
}

function fieldsOf(types: readonly RustField[], scalars: typeof exact) {
  const fields = types.map((field) => ({ name: field.name, inner: translate(field.ty, scalars) }));
  return {
    schemas: Object.fromEntries(fields.map(({ name, inner }) => [name, inner.schema])),
    value: (json: unknown) => {
      const object = json as Readonly<Record<string, unknown>>;
      return Object.fromEntries(fields.map(({ name, inner }) => [name, inner.value(object[name])]));
    },
  };
}

function translate(type: RustType, scalars: typeof exact): Translated {
  const { n, d } = type.ty;
  const scalar = scalars[n];
  if (scalar !== undefined) return { schema: scalar, value: (json) => scalarValue(scalar, json) };
  switch (n) {
    case "Option": {
      const inner = translate(d as RustType, scalars);
      const { node } = inner.schema;
      const isWrapped =
        node.type === "option" || (node.type === "scalar" && node.scalar === "unit");
      return {
        schema: p.option(inner.schema),
        value: (json) => {
          const object = json as { $some?: unknown };
          if (!("$some" in object)) return undefined;
          const value = inner.value(object.$some);
          return isWrapped ? { some: value } : value;
        },
      };
    }
    case "NewtypeStruct":
      return translate(d as RustType, scalars);
    case "Seq": {
      const inner = translate(d as RustType, scalars);
      return {
        schema: p.seq(inner.schema),
        value: (json) => listOf(json).map((item) => inner.value(item)),
      };
    }
    case "Tuple":
    case "TupleStruct": {
      const inner = (d as RustType[]).map((item) => translate(item, scalars));
      return {
        schema: p.tuple(inner.map((item) => item.schema)),
        value: (json) => listOf(json).map((item, index) => inner[index]?.value(item)),
      };
    }
    case "Map": {
      const { key, val } = d as { key: RustType; val: RustType };
      const [keys, values] = [translate(key, scalars), translate(val, scalars)];
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
      const { schemas, value } = fieldsOf((d ?? []) as RustField[], scalars);
      return { schema: p.struct(schemas), value };
    }
    case "Enum": {
      const variants = (d as { name: string; ty: { n: string; d?: unknown } }[]).map(
        ({ name, ty }) => ({ name, payload: variantOf(ty, scalars) }),
      );
      return {
        schema: p.enumOf(
          Object.fromEntries(variants.map(({ name, payload }) => [name, payload.spec])),
        ),
        value: (json) => {
          const { $v, n: name, d: data } = json as { $v: number; n: string; d?: unknown };
          return { type: name, ...variants[$v]?.payload.value(data) };
        },
      };
    }
    default:
      throw new Error(`no translation for ${n}`);
  }
}

function variantOf(
  ty: { n: string; d?: unknown },
  scalars: typeof exact,
): {
  spec: p.VariantSpec;
  value: (data: unknown) => Record<string, unknown>;
} {
  if (ty.n === "UnitVariant") return { spec: null, value: () => ({}) };
  if (ty.n === "StructVariant") {
    const { schemas, value } = fieldsOf(ty.d as RustField[], scalars);
    return { spec: schemas, value };
  }
  const types = ty.n === "NewtypeVariant" ? [ty.d as RustType] : (ty.d as RustType[]);
  const [only] = types;
  if (types.length === 1 && only !== undefined) {
    const inner = translate(only, scalars);
    return { spec: inner.schema, value: (data) => ({ value: inner.value(data) }) };
  }
  const inner = types.map((item) => translate(item, scalars));
  return {
    spec: inner.map((item) => item.schema),
    value: (data) => ({ value: listOf(data).map((item, index) => inner[index]?.value(item)) }),
  };
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [...unhex((json as { $hex: string }).$hex)];
}

function scalarValue(schema: p.AnySchema, json: unknown): unknown {
  const { node } = schema;
  if (node.type === "bytes") return unhex((json as { $hex: string }).$hex);
  if (node.type !== "scalar") return json;
  switch (node.scalar) {
    case "u64":
    case "u128":
    case "usizeBig":
    case "i64":
    case "i128":
    case "isizeBig":
      return BigInt((json as { $int: string }).$int);
    case "u64n":
    case "i64n":
    case "usize":
    case "isize":
      return Number((json as { $int: string }).$int);
    case "f32bits":
      return Number.parseInt((json as { $f32: string }).$f32, 16);
    case "f64bits":
      return BigInt(`0x${(json as { $f64: string }).$f64}`);
    case "f32": {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, Number.parseInt((json as { $f32: string }).$f32, 16));
      return view.getFloat32(0);
    }
    case "f64": {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(`0x${(json as { $f64: string }).$f64}`));
      return view.getFloat64(0);
    }
    case "unit":
    case "unitStruct":
      return undefined;
    default:
      return json;
  }
}

const same = (json: unknown) => json;

/** Types that postcard-schema does not describe, or describes as another. */
const special: Readonly<Record<string, Translated>> = {
  Bytes: { schema: p.bytes, value: (json) => unhex((json as { $hex: string }).$hex) },
  Borrow: {
    schema: p.struct({ b: p.bytes, s: p.string }),
    value: (json) => {
      const { b, s } = json as { b: unknown; s: string };
      return { b: Uint8Array.from(listOf(b) as number[]), s };
    },
  },
  NonZeroU32: { schema: p.nonZero(p.u32), value: same },
  vec_unit: {
    schema: p.seq(p.unit),
    value: (json) => listOf(json).map(() => undefined),
  },
  Duration: {
    schema: p.duration,
    value: (json) => {
      const { secs, nanos } = json as { secs: { $int: string }; nanos: number };
      return { secs: BigInt(secs.$int), nanos };
    },
  },
  Fix: {
    schema: p.struct({
      le16: p.fixintLe(p.u16),
      be32: p.fixintBe(p.u32),
      le64: p.fixintLe(p.u64),
      ibe128: p.fixintBe(p.i128),
    }),
    value: (json) => {
      const { le16, be32, le64, ibe128 } = json as Record<string, number[]>;
      const big = (bytes: readonly number[]) => BigInt(`0x${hex(Uint8Array.from(bytes))}`);
      return {
        le16: Number(big((le16 ?? []).toReversed())),
        be32: Number(big(be32 ?? [])),
        le64: big((le64 ?? []).toReversed()),
        ibe128: BigInt.asIntN(128, big(ibe128 ?? [])),
      };
    },
  },
};

/** A type of the vectors by its id. */
export function translateType(id: string, type: unknown, scalars: typeof exact): Translated {
  return special[id] ?? translate(type as RustType, scalars);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}
