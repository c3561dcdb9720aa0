import protobuf from "protobufjs";
import { contestant } from "./contestant.ts";
import { type Message } from "./messages.ts";
import {
  type Contestant,
  convertEach,
  convertFields,
  counter,
  type Form,
  type Forms,
  formOf,
} from "./walk.ts";

/** protobufjs with functions that it compiles when it runs, and with those that its command line tool writes. */
export function protobufjs({ schema, value }: Message): readonly Contestant[] {
  const nested: Record<string, protobuf.IType> = {};
  const name = counter();
  interface Field {
    readonly type: string;
    readonly rule?: "repeated";
  }
  const messageForm = (
    fields: readonly (readonly [string, Form<Field>])[],
    oneof: boolean,
  ): { readonly schema: Field } => {
    const title = name("M");
    nested[title] = {
      fields: Object.fromEntries(
        fields.map(([field, { schema: each }], index) => [field, { ...each, id: index + 1 }]),
      ),
      ...(oneof ? { oneofs: { kind: { oneof: fields.map(([field]) => field) } } } : {}),
    };
    return { schema: { type: title } };
  };
  const forms: Forms<Field> = {
    u8: () => ({ type: "uint32" }),
    u32: () => ({ type: "uint32" }),
    usize: () => ({ type: "uint32" }),
    string: () => ({ type: "string" }),
    bytes: () => ({ type: "bytes" }),
    option: (inner) => inner,
    seq: (element) => ({
      schema: { ...element.schema, rule: "repeated" },
      value: convertEach(element),
    }),
    struct: (fields) => ({
      ...messageForm(fields, false),
      value: (each) => convertFields(fields, each),
    }),
    enum: (variants) => {
      const cases = variants.map(({ name: title, value: inner, fields }) => {
        if (inner !== undefined) return [title, inner] as const;
        const form: Form<Field> = {
          ...messageForm(fields ?? [], false),
          value: (each) => convertFields(fields ?? [], each),
        };
        return [title, form] as const;
      });
      return {
        ...messageForm(cases, true),
        value: (each) => {
          const { type, value: inner } = each as { type: string; value?: unknown };
          const found = cases.find(([title]) => title === type);
          const variant = variants.find(({ name: title }) => title === type);
          return { [type]: found?.[1].value(variant?.value === undefined ? each : inner) };
        },
      };
    },
  };
  const form = formOf(schema.node, forms);
  const root = protobuf.Root.fromJSON({ nested });
  const type = root.lookupType(form.schema.type);
  const object = type.fromObject(form.value(value) as Record<string, unknown>);
  const compiled = staticTypes(root)[type.name];
  if (compiled === undefined) throw new Error(`no ${type.name}`);
  const message = new compiled(object);
  return [
    contestant(
      "protobufjs",
      object,
      (each) => type.encode(each).finish(),
      (bytes) => type.decode(bytes),
    ),
    contestant(
      "protobufjs-static",
      message,
      (each) => compiled.encode(each).finish(),
      (bytes) => compiled.decode(bytes),
    ),
  ];
}

/** A message class as `pbjs --target static` writes it. */
interface StaticType {
  new (properties: unknown): unknown;
  encode(message: unknown): protobuf.Writer;
  decode(bytes: Uint8Array): unknown;
}

/**
 * The module that `pbjs --target static` would write: the source that protobufjs's own generators give, in which
 * types are named instead of looked up.
 */
function staticTypes(root: protobuf.Root): Readonly<Record<string, StaticType>> {
  const types = root.nestedArray.filter(
    (each): each is protobuf.Type => each instanceof protobuf.Type,
  );
  const source = types.map((type) => {
    type.setup();
    const named = (text: string) =>
      text
        .replace(
          /\btypes\[(\d+)\]/g,
          (_, index: string) =>
            `$root.${type.fieldsArray[Number(index)]?.resolve().resolvedType?.name ?? ""}`,
        )
        .replace("new C", `new $root.${type.name}`);
    const fields = type.fieldsArray.map(
      (field) =>
        `${type.name}.prototype.${field.name}=${field.repeated ? "util.emptyArray" : JSON.stringify(field.typeDefault ?? null)};`,
    );
    return (
      `const ${type.name}=$root.${type.name}=${sourceOf(protobuf.Type.generateConstructor(type), "")};${fields.join("")}` +
      `${type.name}.encode=${named(sourceOf(protobuf.encoder(type), "encode"))};` +
      `${type.name}.decode=${named(sourceOf(protobuf.decoder(type), "decode"))};`
    );
  });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- stands for a file that a compiler wrote
  const make = new Function(
    "Writer",
    "Reader",
    "util",
    `const $root={};${source.join("")}return $root;`,
  ) as (...parts: unknown[]) => Readonly<Record<string, StaticType>>;
  return make(protobuf.Writer, protobuf.Reader, protobuf.util);
}

/** The text of a function under construction, which protobufjs's declarations call a `Codegen`. */
function sourceOf(generated: unknown, name: string): string {
  return (generated as { toString(name: string): string }).toString(name);
}
