import { type SchemaNode, type VariantNode } from "@cantrip/postcard";

/** How a peer writes schemas and values. `value` is the conversion to the peer's form of a value. */
export interface Form<S> {
  readonly schema: S;
  readonly value: (value: unknown) => unknown;
}

/** What a peer makes of each kind of schema that the messages use. */
export interface Forms<S> {
  u8(): S;
  u32(): S;
  usize(): S;
  string(): S;
  bytes(): S;
  option(inner: Form<S>): Form<S>;
  seq(element: Form<S>): Form<S>;
  struct(fields: readonly (readonly [string, Form<S>])[]): Form<S>;
  /** A variant has `undefined`, the form of its value, or fields. */
  enum(variants: readonly Variant<S>[]): Form<S>;
}

/** A variant and what it carries. */
export interface Variant<S> {
  readonly name: string;
  readonly value?: Form<S>;
  readonly fields?: readonly (readonly [string, Form<S>])[];
}

const same = (value: unknown): unknown => value;

/** The peer's form of a schema. */
export function formOf<S>(node: SchemaNode, forms: Forms<S>): Form<S> {
  switch (node.type) {
    case "scalar": {
      const schema =
        node.scalar === "u8" ? forms.u8() : node.scalar === "u32" ? forms.u32() : forms.usize();
      return { schema, value: same };
    }
    case "enumIndex":
      return { schema: forms.u32(), value: same };
    case "string":
      return { schema: forms.string(), value: same };
    case "bytes":
      return { schema: forms.bytes(), value: same };
    case "option":
      return forms.option(formOf(node.inner, forms));
    case "seq":
      return forms.seq(formOf(node.element, forms));
    case "struct":
      return forms.struct(node.fields.map(({ name, node: field }) => [name, formOf(field, forms)]));
    case "enum":
      return forms.enum(node.variants.map((variant) => variantOf(variant, forms)));
    default:
      throw new Error(`the messages have no ${node.type}`);
  }
}

function variantOf<S>({ name, payload }: VariantNode, forms: Forms<S>): Variant<S> {
  if (payload.type === "unit") return { name };
  if (payload.type === "value") return { name, value: formOf(payload.node, forms) };
  return {
    name,
    fields: payload.fields.map(({ name: field, node }) => [field, formOf(node, forms)]),
  };
}

/** Converts the fields of an object. */
export function convertFields<S>(
  fields: readonly (readonly [string, Form<S>])[],
  value: unknown,
): Record<string, unknown> {
  const object = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map(([name, form]) => [name, form.value(object[name])]));
}

/** Converts each element of an array. */
export function convertEach<S>(element: Form<S>): (value: unknown) => unknown {
  return (value) => (value as unknown[]).map((item) => element.value(item));
}

/** Makes names that no other has. */
export function counter(): (prefix: string) => string {
  let count = 0;
  return (prefix) => `${prefix}${++count}`;
}

/** A peer ready to encode and decode one message, whose value is in the peer's form. */
export interface Contestant {
  readonly name: string;
  readonly encode: () => Uint8Array;
  readonly decode: () => unknown;
  /** Neither generates code nor evaluates any. */
  readonly isInterpreted: boolean;
}
