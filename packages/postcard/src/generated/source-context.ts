import { type SchemaNode } from "../schema-node.ts";
import { type WireOptions } from "../wire-format.ts";

/** What both directions share: names, and types that are left to closures. */
export class SourceContext {
  readonly options: WireOptions;
  readonly separate: ReadonlySet<SchemaNode>;
  readonly rare: SchemaNode[] = [];
  #names = 0;

  constructor(options: WireOptions, separate: ReadonlySet<SchemaNode>) {
    this.options = options;
    this.separate = separate;
  }

  /** A name that no other has. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** The number of the closures for `node`. */
  rareIndex(node: SchemaNode): number {
    const known = this.rare.indexOf(node);
    return known >= 0 ? known : this.rare.push(node) - 1;
  }
}
