import type { AnySchema, FieldNode, SchemaNode, VariantNode } from "@cantrip/postcard";

/** Most bytes of text or data that are shown. */
const SHOWN_BYTES = 96;
/** Most elements of a sequence that are shown. */
const SHOWN_ELEMENTS = 16;

/** A value as its schema says, in the notation of Rust: `{name: "hello", data: [01 02]}`. */
function formatValue(node: SchemaNode, value: unknown): string {
  switch (node.type) {
    case "option": {
      if (value === undefined) return "None";
      const some = node.isWrapped ? propertyOf(value, "some") : value;
      return `Some(${formatValue(node.inner, some)})`;
    }
    case "newtype":
      return formatValue(node.inner, value);
    case "lazy":
      return formatValue(node.resolve(), value);
    case "seq":
    case "array":
      return formatSeq(node.element, value);
    case "map":
      return formatMap(node.key, node.value, value);
    case "tuple":
      return formatTuple(node.elements, value);
    case "struct":
      return formatFields(node.fields, value);
    case "enum":
      return formatVariant(node.tag, node.variants, value);
    case "unitEnum":
      return typeof value === "string" ? value : "?";
    case "enumIndex":
      return String(value);
    default:
      return formatScalar(value);
  }
}

/** Text in quotes, control characters escaped, cut off when it is long. */
export function formatText(text: string): string {
  const shown = text.length > SHOWN_BYTES ? text.slice(0, SHOWN_BYTES) : text;
  const more = text.length - shown.length;
  return more === 0 ? JSON.stringify(shown) : `${JSON.stringify(shown)}…+${more}`;
}

/** Bytes: as text when all are printable, else hexadecimal; cut off when they are many. */
function formatBytes(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, SHOWN_BYTES);
  const more = bytes.length - shown.length;
  const isText = shown.length > 0 && shown.every((byte) => byte >= 0x20 && byte < 0x7f);
  const text = isText
    ? `b${JSON.stringify(String.fromCharCode(...shown))}`
    : `[${hexBytes(shown)}]`;
  return more === 0 ? text : `${text}…+${more}`;
}

/** `01 ff` */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** A word: hexadecimal when it looks like an address. */
export function formatWord(word: number): string {
  return word > 0xffff ? `0x${word.toString(16)}` : String(word);
}

function formatScalar(value: unknown): string {
  if (value instanceof Uint8Array) return formatBytes(value);
  switch (typeof value) {
    case "string":
      return formatText(value);
    case "number":
      return Number.isInteger(value) && value >= 0 ? formatWord(value) : String(value);
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return "()";
  }
}

function formatSeq(element: SchemaNode, value: unknown): string {
  if (!Array.isArray(value)) return "?";
  const items: readonly unknown[] = value;
  const shown = items.slice(0, SHOWN_ELEMENTS).map((item) => formatValue(element, item));
  if (items.length > shown.length) shown.push(`…+${items.length - shown.length}`);
  return `[${shown.join(", ")}]`;
}

function formatMap(key: SchemaNode, element: SchemaNode, value: unknown): string {
  if (!(value instanceof Map)) return "?";
  const entries: readonly (readonly [unknown, unknown])[] = [...value];
  const shown = entries
    .slice(0, SHOWN_ELEMENTS)
    .map(([name, item]) => `${formatValue(key, name)}: ${formatValue(element, item)}`);
  if (entries.length > shown.length) shown.push(`…+${entries.length - shown.length}`);
  return `{${shown.join(", ")}}`;
}

function formatTuple(elements: readonly SchemaNode[], value: unknown): string {
  if (!Array.isArray(value)) return "?";
  const items: readonly unknown[] = value;
  return `(${elements.map((element, index) => formatValue(element, items[index])).join(", ")})`;
}

function formatFields(fields: readonly FieldNode[], value: unknown): string {
  const shown = fields.map(
    ({ name, node }) => `${name}: ${formatValue(node, propertyOf(value, name))}`,
  );
  return `{${shown.join(", ")}}`;
}

function formatVariant(tag: string, variants: readonly VariantNode[], value: unknown): string {
  const found = propertyOf(value, tag);
  const variant = variants.find(({ name }) => name === found);
  if (variant === undefined) return "?";
  const { name, payload } = variant;
  if (payload.type === "unit") return name;
  if (payload.type === "fields") return `${name}${formatFields(payload.fields, value)}`;
  return `${name}${formatNode(payload.node, propertyOf(value, "value"))}`;
}

/** What follows a name: structs and tuples as they are, other values in parentheses. */
export function formatPayload(schema: AnySchema, value: unknown): string {
  return formatNode(schema.node, value);
}

function formatNode(node: SchemaNode, value: unknown): string {
  const text = formatValue(node, value);
  return node.type === "struct" || node.type === "tuple" || node.type === "array"
    ? text
    : `(${text})`;
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
