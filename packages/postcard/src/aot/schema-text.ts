import { type FieldNode, type SchemaNode, type VariantNode } from "../schema-node.ts";

/** Writes expressions that make schemas again, with `p` for this package. */
export class SchemaText {
  readonly #names = new Map<SchemaNode, string>();
  /** Declarations of the schemas that hold themselves. */
  declarations = "";

  /** The expression for a schema. */
  of(node: SchemaNode): string {
    const text = this.#unnamed(node);
    return node.name === undefined ? text : `p.named(${JSON.stringify(node.name)}, ${text})`;
  }

  #unnamed(node: SchemaNode): string {
    switch (node.type) {
      case "scalar":
        return `p.${node.scalar}`;
      case "string":
        return node.max === undefined ? "p.string" : `p.boundedString(${node.max})`;
      case "bytes":
        return node.isOwned ? "p.bytesOwned" : "p.bytes";
      case "rawBytes":
        return `p.rawBytes${node.isOwned ? "Owned" : ""}(${node.length})`;
      case "nonZero":
      case "newtype":
      case "option":
        return `p.${node.type}(${this.of(node.inner)})`;
      case "fixint":
        return `p.fixint${node.isBigEndian ? "Be" : "Le"}(p.${node.scalar})`;
      case "seq":
        return `p.seq(${this.of(node.element)}${node.max === undefined ? "" : `, ${node.max}`})`;
      case "array":
        return `p.array(${this.of(node.element)}, ${node.length})`;
      case "map":
        return `p.map(${this.of(node.key)}, ${this.of(node.value)})`;
      case "tuple": {
        const elements = node.elements.map((element) => this.of(element)).join(", ");
        return `p.tuple${node.isStruct ? "Struct" : ""}([${elements}])`;
      }
      case "struct":
        return `p.struct(${this.#fields(node.fields)})`;
      case "enum":
        return this.#enum(node.tag, node.variants);
      case "unitEnum":
        return `p.unitEnum(${node.names.map((name) => JSON.stringify(name)).join(", ")})`;
      case "enumIndex":
        return `p.enumIndex(${node.count})`;
      case "lazy":
        return `p.lazy(() => ${this.#named(node.resolve())})`;
    }
  }

  #named(node: SchemaNode): string {
    const known = this.#names.get(node);
    if (known !== undefined) return known;
    const name = `lazy${this.#names.size + 1}`;
    this.#names.set(node, name);
    const text = this.of(node);
    this.declarations += `const ${name} = ${text};\n`;
    return name;
  }

  #fields(fields: readonly FieldNode[]): string {
    const entries = fields.map(({ name, node }) => `${JSON.stringify(name)}: ${this.of(node)}`);
    return `{ ${entries.join(", ")} }`;
  }

  #enum(tag: string, variants: readonly VariantNode[]): string {
    // Only `Result` has tuple variants whose value is their only element.
    const results = variants.flatMap(({ payload }) =>
      payload.type === "value" && payload.tuple === "element" ? [this.of(payload.node)] : [],
    );
    if (results.length === 2) return `p.result(${results.join(", ")})`;
    const entries = variants.map(({ name, payload }) => {
      const key = JSON.stringify(name);
      if (payload.type === "unit") return `${key}: null`;
      if (payload.type === "fields") return `${key}: ${this.#fields(payload.fields)}`;
      const { node } = payload;
      if (payload.tuple === undefined) return `${key}: ${this.of(node)}`;
      const elements = node.type === "tuple" ? node.elements.map((each) => this.of(each)) : [];
      return `${key}: [${elements.join(", ")}]`;
    });
    return `p.enumOf({ ${entries.join(", ")} }${tag === "type" ? "" : `, { tag: ${JSON.stringify(tag)} }`})`;
  }
}
