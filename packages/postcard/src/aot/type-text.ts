import { type FieldNode, type SchemaNode, type VariantNode } from "../schema-node.ts";

const BIGINTS: readonly string[] = [
  "u64",
  "u128",
  "i64",
  "i128",
  "usizeBig",
  "isizeBig",
  "f64bits",
];

/** Writes the TypeScript types of schemas' values. */
export class TypeText {
  readonly #names = new Map<SchemaNode, string>();
  /** Declarations of the types that hold themselves. */
  declarations = "";

  /** The type of a schema's values. */
  of(node: SchemaNode): string {
    switch (node.type) {
      case "scalar":
        if (node.scalar === "bool") return "boolean";
        if (node.scalar === "char") return "string";
        if (node.scalar === "unit" || node.scalar === "unitStruct") return "undefined";
        if (node.scalar === "duration") {
          return "{ readonly secs: bigint; readonly nanos: number }";
        }
        return BIGINTS.includes(node.scalar) ? "bigint" : "number";
      case "fixint":
        return BIGINTS.includes(node.scalar) ? "bigint" : "number";
      case "string":
        return "string";
      case "bytes":
      case "rawBytes":
        return "Uint8Array";
      case "nonZero":
      case "newtype":
        return this.of(node.inner);
      case "option":
        return node.isWrapped
          ? `{ readonly some: ${this.of(node.inner)} } | undefined`
          : `${this.of(node.inner)} | undefined`;
      case "seq":
      case "array":
        return `readonly (${this.of(node.element)})[]`;
      case "map":
        return `ReadonlyMap<${this.of(node.key)}, ${this.of(node.value)}>`;
      case "tuple":
        return `readonly [${node.elements.map((element) => this.of(element)).join(", ")}]`;
      case "struct":
        return `{ ${this.#fields(node.fields)} }`;
      case "enum":
        return node.variants.map((variant) => this.#variant(node.tag, variant)).join(" | ");
      case "unitEnum":
        return node.names.map((name) => JSON.stringify(name)).join(" | ");
      case "enumIndex":
        return "number";
      case "lazy":
        return this.#named(node.resolve());
    }
  }

  #named(node: SchemaNode): string {
    const known = this.#names.get(node);
    if (known !== undefined) return known;
    const name = `Recursive${this.#names.size + 1}`;
    this.#names.set(node, name);
    const text = this.of(node);
    this.declarations += `type ${name} = ${text};\n`;
    return name;
  }

  #fields(fields: readonly FieldNode[]): string {
    return fields
      .map(({ name, node }) => `readonly ${JSON.stringify(name)}: ${this.of(node)};`)
      .join(" ");
  }

  #variant(tag: string, { name, payload }: VariantNode): string {
    const first = `readonly ${JSON.stringify(tag)}: ${JSON.stringify(name)};`;
    if (payload.type === "unit") return `{ ${first} }`;
    if (payload.type === "fields") return `{ ${first} ${this.#fields(payload.fields)} }`;
    return `{ ${first} readonly value: ${this.of(payload.node)} }`;
  }
}
