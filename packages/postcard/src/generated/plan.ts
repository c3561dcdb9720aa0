import { type SchemaNode } from "../schema-node.ts";

/** Up to here a schema that occurs several times is written out each time. */
const SMALL = 4;
/** From here on a schema has a function of its own: engines do not optimise functions without end. */
const LARGE = 48;

/** The schemas that get a function of their own. */
export function separateNodes(root: SchemaNode): ReadonlySet<SchemaNode> {
  const weights = new Map<SchemaNode, number>();
  const separate = new Set<SchemaNode>();
  function weigh(node: SchemaNode): number {
    const known = weights.get(node);
    if (known !== undefined) {
      if (known > SMALL) separate.add(node);
      return separate.has(node) ? 1 : known;
    }
    weights.set(node, 0);
    let weight = 1;
    for (const child of children(node)) weight += weigh(child);
    if (node.type === "lazy") separate.add(node);
    if (weight > LARGE && (node.type === "struct" || node.type === "enum")) separate.add(node);
    weights.set(node, weight);
    return separate.has(node) ? 1 : weight;
  }
  weigh(root);
  return separate;
}

function children(node: SchemaNode): readonly SchemaNode[] {
  switch (node.type) {
    case "option":
    case "newtype":
      return [node.inner];
    case "seq":
    case "array":
      return [node.element];
    case "map":
      return [node.key, node.value];
    case "tuple":
      return node.elements;
    case "struct":
      return node.fields.map((field) => field.node);
    case "enum":
      return node.variants.flatMap(({ payload }) =>
        payload.type === "unit"
          ? []
          : payload.type === "value"
            ? [payload.node]
            : payload.fields.map((field) => field.node),
      );
    case "lazy":
      return [node.resolve()];
    default:
      return [];
  }
}
