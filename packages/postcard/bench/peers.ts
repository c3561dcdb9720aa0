import "./float16.ts";
import { bcs } from "@mysten/bcs";
import * as serde from "@variegated-coffee/serde-postcard-ts";
import avro from "avsc";
import { Encoder } from "cbor-x";
import { Packr } from "msgpackr";
import * as packcatModule from "packcat";
import { bebop } from "./bebop.ts";
import { contestant } from "./contestant.ts";
import { type Message } from "./messages.ts";
import { protobufjs } from "./protobuf.ts";
import {
  type Contestant,
  convertEach,
  counter,
  convertFields,
  type Form,
  type Forms,
  formOf,
  type Variant,
} from "./walk.ts";

/** A schema of packcat's. */
interface PackcatSchema {
  readonly type: string;
}
/** What is used of packcat, whose declarations `nodenext` does not resolve. */
interface Packcat {
  readonly uint8: () => PackcatSchema;
  readonly uint32: () => PackcatSchema;
  readonly string: () => PackcatSchema;
  readonly uint8Array: () => PackcatSchema;
  readonly optional: (inner: PackcatSchema) => PackcatSchema;
  readonly list: (element: PackcatSchema) => PackcatSchema;
  readonly object: (fields: Readonly<Record<string, PackcatSchema>>) => PackcatSchema;
  readonly literal: (value: string) => PackcatSchema;
  readonly union: (tag: string, variants: readonly PackcatSchema[]) => PackcatSchema;
  build(schema: PackcatSchema): {
    readonly pack: (value: unknown) => Uint8Array;
    readonly unpack: (bytes: Uint8Array) => unknown;
  };
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Every peer with a message. */
export function peersOf(message: Message): readonly Contestant[] {
  return [
    msgpackr(message),
    cborX(message),
    avsc(message),
    ...protobufjs(message),
    bebop(message),
    packcatPeer(message),
    serdePostcard(message),
    mystenBcs(message),
    json(message),
  ];
}

function msgpackr({ value }: Message): Contestant {
  const packr = new Packr({ structures: [] });
  return contestant(
    "msgpackr",
    value,
    (each) => packr.pack(each),
    (bytes) => packr.unpack(bytes) as unknown,
  );
}

function cborX({ value }: Message): Contestant {
  const encoder = new Encoder({ structures: [] });
  return contestant(
    "cbor-x",
    value,
    (each) => encoder.encode(each),
    (bytes) => encoder.decode(bytes) as unknown,
  );
}

function json({ value }: Message): Contestant {
  const plain: unknown = JSON.parse(
    JSON.stringify(value, (_, item: unknown) => (item instanceof Uint8Array ? [...item] : item)),
  );
  return contestant(
    "JSON",
    plain,
    (each) => textEncoder.encode(JSON.stringify(each)),
    (bytes) => JSON.parse(textDecoder.decode(bytes)) as unknown,
    true,
  );
}

function avsc({ schema, value }: Message): Contestant {
  const name = counter();
  const record = (fields: readonly (readonly [string, Form<avro.Schema>])[], title: string) =>
    ({
      type: "record",
      name: title,
      fields: fields.map(([field, { schema: type }]) => ({ name: field, type })),
    }) as avro.Schema;
  const forms: Forms<avro.Schema> = {
    u8: () => "int",
    u32: () => "long",
    usize: () => "long",
    string: () => "string",
    bytes: () => "bytes",
    option: ({ schema: inner }) => ({
      schema: ["null", inner] as avro.Schema,
      value: (each) => (each === undefined ? null : { [inner as string]: each }),
    }),
    seq: (element) => ({
      schema: { type: "array", items: element.schema },
      value: convertEach(element),
    }),
    struct: (fields) => ({
      schema: record(fields, name("R")),
      value: (each) => convertFields(fields, each),
    }),
    enum: (variants) => {
      const titles = variants.map((variant) => name(variant.name));
      const fieldsOf = ({ value: inner, fields }: Variant<avro.Schema>) =>
        fields ?? (inner === undefined ? [] : [["value", inner] as const]);
      return {
        schema: variants.map((variant, index) =>
          record(fieldsOf(variant), titles[index] ?? ""),
        ) as avro.Schema,
        value: (each) => {
          const { type } = each as { type: string };
          const index = variants.findIndex((variant) => variant.name === type);
          const variant = variants[index];
          return { [titles[index] ?? ""]: convertFields(variant ? fieldsOf(variant) : [], each) };
        },
      };
    },
  };
  const form = formOf(schema.node, forms);
  const type = avro.Type.forSchema(form.schema, { wrapUnions: true });
  const converted = form.value(
    JSON.parse(JSON.stringify(value, (_, item: unknown) => item)) as unknown,
  );
  const restored = restoreBytes(converted, value);
  return contestant(
    "avsc",
    restored,
    (each) => type.toBuffer(each),
    (bytes) =>
      type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) as unknown,
  );
}

/** Puts a `Buffer` where the message has bytes: avsc takes nothing else. */
function restoreBytes(converted: unknown, original: unknown): unknown {
  if (original instanceof Uint8Array) return Buffer.from(original);
  if (typeof converted !== "object" || converted === null) return converted;
  const { value } = (original ?? {}) as { value?: unknown };
  if (!(value instanceof Uint8Array)) return converted;
  const [[variant, fields] = []] = Object.entries(converted) as [string, object][];
  return { [variant ?? ""]: { ...fields, value: Buffer.from(value) } };
}

function packcatPeer({ schema, value }: Message): Contestant {
  type S = PackcatSchema;
  const packcat = packcatModule as unknown as Packcat;
  const object = (fields: Record<string, S>): S => packcat.object(fields);
  const forms: Forms<S> = {
    u8: () => packcat.uint8(),
    u32: () => packcat.uint32(),
    usize: () => packcat.uint32(),
    string: () => packcat.string(),
    bytes: () => packcat.uint8Array(),
    option: ({ schema: inner }) => ({
      schema: packcat.optional(inner),
      value: (each) => each,
    }),
    seq: (element) => ({ schema: packcat.list(element.schema), value: convertEach(element) }),
    struct: (fields) => ({
      schema: object(Object.fromEntries(fields.map(([name, { schema: each }]) => [name, each]))),
      value: (each) => convertFields(fields, each),
    }),
    enum: (variants) => ({
      schema: packcat.union(
        "type",
        variants.map(({ name, value: inner, fields }) =>
          object({
            type: packcat.literal(name),
            ...(inner === undefined ? {} : { value: inner.schema }),
            ...Object.fromEntries((fields ?? []).map(([field, each]) => [field, each.schema])),
          }),
        ),
      ),
      value: (each) => each,
    }),
  };
  const { pack, unpack } = packcat.build(formOf(schema.node, forms).schema);
  return contestant(
    "packcat",
    value,
    (each) => pack(each),
    (bytes) => unpack(bytes),
  );
}

function serdePostcard({ schema, value }: Message): Contestant {
  type S = Parameters<typeof serde.serialize>[0];
  const forms: Forms<S> = {
    u8: () => serde.u8(),
    u32: () => serde.u32(),
    usize: () => serde.u32(),
    string: () => serde.string(),
    bytes: () => serde.bytes(),
    option: ({ schema: inner }) => ({
      schema: serde.option(inner),
      value: (each) => each ?? null,
    }),
    seq: (element) => ({ schema: serde.seq(element.schema), value: convertEach(element) }),
    struct: (fields) => ({
      schema: serde.struct(
        Object.fromEntries(fields.map(([name, { schema: each }]) => [name, each])),
      ),
      value: (each) => convertFields(fields, each),
    }),
    enum: (variants) => ({
      schema: serde.enumType(
        "E",
        Object.fromEntries(
          variants.map(({ name, value: inner, fields }) => [
            name,
            inner !== undefined
              ? serde.newtypeVariant(name, inner.schema)
              : fields !== undefined
                ? serde.structVariant(
                    name,
                    Object.fromEntries(fields.map(([field, each]) => [field, each.schema])),
                  )
                : serde.unitVariant(name),
          ]),
        ) as never,
      ),
      value: (each) => {
        const { type, ...rest } = each as { type: string; value?: unknown };
        const variant = variants.find(({ name }) => name === type);
        if (variant?.value !== undefined) return { type, value: variant.value.value(rest.value) };
        if (variant?.fields !== undefined)
          return { type, value: convertFields(variant.fields, rest) };
        return { type };
      },
    }),
  };
  const form = formOf(schema.node, forms);
  return contestant(
    "serde-postcard-ts",
    form.value(value) as never,
    (each) => serde.serialize(form.schema, each),
    (bytes) => serde.deserialize(form.schema, bytes),
    true,
  );
}

function mystenBcs({ schema, value }: Message): Contestant {
  type S = Parameters<typeof bcs.struct>[1][string];
  const forms: Forms<S> = {
    u8: () => bcs.u8(),
    u32: () => bcs.u32(),
    usize: () => bcs.u32(),
    string: () => bcs.string(),
    bytes: () => bcs.byteVector(),
    option: ({ schema: inner }) => ({
      schema: bcs.option(inner),
      value: (each) => each ?? null,
    }),
    seq: (element) => ({
      schema: bcs.vector(element.schema),
      value: convertEach(element),
    }),
    struct: (fields) => ({
      schema: bcs.struct(
        "S",
        Object.fromEntries(fields.map(([name, { schema: each }]) => [name, each])),
      ),
      value: (each) => convertFields(fields, each),
    }),
    enum: (variants) => ({
      schema: bcs.enum(
        "E",
        Object.fromEntries(
          variants.map(({ name, value: inner, fields }) => [
            name,
            inner?.schema ??
              (fields === undefined
                ? null
                : bcs.struct(
                    name,
                    Object.fromEntries(fields.map(([field, each]) => [field, each.schema])),
                  )),
          ]),
        ),
      ),
      value: (each) => {
        const { type, value: inner } = each as { type: string; value?: unknown };
        const variant = variants.find(({ name }) => name === type);
        if (variant?.fields !== undefined) return { [type]: convertFields(variant.fields, each) };
        return { [type]: variant?.value === undefined ? true : variant.value.value(inner) };
      },
    }),
  };
  const form = formOf(schema.node, forms);
  return contestant(
    "@mysten/bcs",
    form.value(value) as never,
    (each) => form.schema.serialize(each).toBytes(),
    (bytes) => form.schema.parse(bytes),
    true,
  );
}
