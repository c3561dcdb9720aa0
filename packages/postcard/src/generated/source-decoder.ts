import { compile } from "../compile.ts";
import {
  type FieldNode,
  type ScalarName,
  type SchemaNode,
  type VariantNode,
} from "../schema-node.ts";
import { maxWord } from "../wire-format.ts";
import { type SourceContext } from "./source-context.ts";

const FAIL = "throw failed;";
/** Longer arrays are not made before their elements are there. */
const PREPARED = 0x1_0000;

/** Writes functions `(b,p,e,r)` that read a value of the bytes `b` from `p` up to `e`, and leave its end in `r.position`. */
export class SourceDecoder {
  readonly #context: SourceContext;
  readonly #functions = new Map<SchemaNode, string>();
  /** The functions so far. */
  text = "";
  /** Whether they need a reader that was started. */
  #isStarted = false;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** The function for all of a value. */
  entry(node: SchemaNode): string {
    const body = this.#value(node, "V");
    return this.#define(`${this.#isStarted ? "r.start(b,p,e);" : ""}${body}`);
  }

  #define(body: string, name: string = this.#context.name("d")): string {
    this.text += `function ${name}(b,p,e,r){let V;${body}r.position=p;return V;}\n`;
    return name;
  }

  #function(node: SchemaNode): string {
    const known = this.#functions.get(node);
    if (known !== undefined) return known;
    const name = this.#context.name("d");
    this.#functions.set(node, name);
    const body =
      node.type === "lazy"
        ? this.#started(`r.position=p;enter(r);${this.#value(node.resolve(), "V")}leave(r);`)
        : this.#body(node, "V");
    return this.#define(body, name);
  }

  /** Code that puts the value into the variable `V`. */
  #value(node: SchemaNode, V: string): string {
    if (!this.#context.separate.has(node)) return this.#body(node, V);
    return `${V}=${this.#function(node)}(b,p,e,r);p=r.position;`;
  }

  /** Code that needs a reader that was started. */
  #started(code: string): string {
    this.#isStarted = true;
    return code;
  }

  #rare(node: SchemaNode, V: string): string {
    return this.#started(
      `r.position=p;${V}=rare[${this.#context.rareIndex(node)}].decode(r);p=r.position;`,
    );
  }

  #body(node: SchemaNode, V: string): string {
    switch (node.type) {
      case "scalar":
        return this.#scalar(node, node.scalar, V);
      case "string":
        return this.#started(this.#bytes(node.max, (n) => `${V}=r.textAt(b,p,p+${n});`));
      case "bytes":
        return this.#bytes(undefined, (n) => `${V}=${taken(n, node.isOwned)};`);
      case "rawBytes":
        return (
          `if(${node.length}>e-p)${FAIL}${V}=${taken(String(node.length), node.isOwned)};` +
          `p+=${node.length};`
        );
      case "newtype":
        return this.#value(node.inner, V);
      case "option": {
        const x = this.#context.name("t");
        const inner = this.#value(node.inner, x);
        return (
          `${V}=undefined;if(p>=e)${FAIL}if(b[p]!==0){if(b[p]!==1)${FAIL}p++;` +
          `let ${x};${inner}${V}=${node.isWrapped ? `{some:${x}}` : x};}else p++;`
        );
      }
      case "seq":
        return this.#counted(node.max, [node.element], (n) => this.#list(V, n, node.element));
      case "array":
        return this.#list(V, String(node.length), node.element);
      case "map":
        return this.#counted(undefined, [node.key, node.value], (n) => {
          const [m, i, k, x] = ["m", "i", "k", "t"].map((each) => this.#context.name(each));
          if (m === undefined || i === undefined || k === undefined || x === undefined) return "";
          return (
            `const ${m}=new Map();for(let ${i}=0;${i}<${n};${i}++){let ${k},${x};` +
            `${this.#value(node.key, k)}${this.#value(node.value, x)}${m}.set(${k},${x});}${V}=${m};`
          );
        });
      case "tuple": {
        const { code, names } = this.#all(node.elements);
        return `{${code}${V}=[${names.join(",")}];}`;
      }
      case "struct":
        return this.#fields(node.fields, V, []);
      case "enum":
        return this.#enum(node.tag, node.variants, V);
      case "unitEnum": {
        const names = this.#context.name("n");
        this.text += `const ${names}=${JSON.stringify(node.names)};\n`;
        return this.#discriminant(
          (d) => `if(${d}>=${node.names.length})${FAIL}${V}=${names}[${d}];`,
        );
      }
      case "enumIndex":
        return this.#discriminant((d) => `if(${d}>=${node.count})${FAIL}${V}=${d};`);
      case "lazy":
      case "nonZero":
      case "fixint":
        return this.#rare(node, V);
    }
  }

  #scalar(node: SchemaNode, name: ScalarName, V: string): string {
    const { isVarint } = this.#context.options;
    switch (name) {
      case "bool":
        return `if(p>=e||b[p]>1)${FAIL}${V}=b[p++]===1;`;
      case "u8":
        return `if(p>=e)${FAIL}${V}=b[p++];`;
      case "i8":
        return `if(p>=e)${FAIL}${V}=b[p++]<<24>>24;`;
      case "u16":
        return isVarint ? varint(V, "varint(16)") : fixed(V, 2, (x) => x);
      case "u32":
        return isVarint ? varint(V, "varint(32)") : fixed(V, 4, (x) => `(${x})>>>0`);
      case "i16":
        return isVarint
          ? `${varint(V, "varint(16)")}${V}=(${V}>>>1)^-(${V}&1);`
          : fixed(V, 2, (x) => `(${x})<<16>>16`);
      case "i32":
        return isVarint
          ? `${varint(V, "varint(32)")}${V}=(${V}>>>1)^-(${V}&1);`
          : fixed(V, 4, (x) => x);
      case "usize":
      case "u64n": {
        const max = name === "usize" ? maxWord(this.#context.options) : Number.MAX_SAFE_INTEGER;
        const slow = `safe(${max})`;
        if (isVarint) return varint(V, slow);
        return (
          `if(8>e-p)${FAIL}if((b[p+4]|b[p+5]|b[p+6]|b[p+7])===0){${V}=(${word(4)})>>>0;p+=8;}` +
          `else{${V}=r.at(b,p,e).${slow};p=r.position;}`
        );
      }
      case "f32":
      case "f64":
        return `${V}=readFloat(r.at(b,p,e),${name === "f32" ? 4 : 8});p=r.position;`;
      case "unit":
      case "unitStruct":
        return `${V}=undefined;`;
      default:
        return this.#rare(node, V);
    }
  }

  /** Reads a length of at most `max`. */
  #length(n: string, max: number | undefined): string {
    const { isVarint, wordBits, maxLen } = this.#context.options;
    const limit = Math.min(max ?? Infinity, maxLen);
    return (
      varint(n, isVarint ? `varint(${wordBits})` : `word(${wordBits})`) +
      (limit === Infinity ? "" : `if(${n}>${limit})${FAIL}`)
    );
  }

  #bytes(max: number | undefined, take: (n: string) => string): string {
    const n = this.#context.name("n");
    return `{let ${n};${this.#length(n, max)}if(${n}>e-p)${FAIL}${take(n)}p+=${n};}`;
  }

  #counted(
    max: number | undefined,
    elements: readonly SchemaNode[],
    code: (n: string) => string,
  ): string {
    const n = this.#context.name("n");
    const isZeroSize = elements.every(
      (element) => compile(element, this.#context.options).max === 0,
    );
    const count = isZeroSize
      ? this.#started(`r.position=p;${n}=readCount(r,${max ?? "Infinity"},true);p=r.position;`)
      : `${this.#length(n, max)}if(${n}>e-p)${FAIL}`;
    return `{let ${n};${count}${code(n)}}`;
  }

  #list(V: string, n: string, element: SchemaNode): string {
    const [list, index, x] = ["l", "i", "t"].map((each) => this.#context.name(each));
    if (list === undefined || index === undefined || x === undefined) return "";
    return (
      `{const ${list}=${n}>${PREPARED}?[]:new Array(${n});` +
      `for(let ${index}=0;${index}<${n};${index}++){let ${x};${this.#value(element, x)}` +
      `${list}[${index}]=${x};}${V}=${list};}`
    );
  }

  #all(nodes: readonly SchemaNode[]): { readonly code: string; readonly names: readonly string[] } {
    const names = nodes.map(() => this.#context.name("t"));
    const code = nodes.map((node, index) => this.#value(node, names[index] ?? ""));
    const declaration = names.length === 0 ? "" : `let ${names.join(",")};`;
    return { code: declaration + code.join(""), names };
  }

  #fields(fields: readonly FieldNode[], V: string, first: readonly string[]): string {
    const { code, names } = this.#all(fields.map(({ node }) => node));
    const entries = fields.map(
      ({ name }, index) => `${JSON.stringify(name)}:${names[index] ?? ""}`,
    );
    return `{${code}${V}={${[...first, ...entries].join(",")}};}`;
  }

  #enum(tag: string, variants: readonly VariantNode[], V: string): string {
    const cases = variants.map(({ name, payload }, index) => {
      const first = `${JSON.stringify(tag)}:${JSON.stringify(name)}`;
      if (payload.type === "unit") return `case ${index}:${V}={${first}};break;`;
      if (payload.type === "fields") {
        return `case ${index}:${this.#fields(payload.fields, V, [first])}break;`;
      }
      const x = this.#context.name("t");
      return `case ${index}:{let ${x};${this.#value(payload.node, x)}${V}={${first},value:${x}};break;}`;
    });
    return this.#discriminant((d) => `switch(${d}){${cases.join("")}default:${FAIL}}`);
  }

  #discriminant(code: (d: string) => string): string {
    const d = this.#context.name("d");
    const { isVarint } = this.#context.options;
    return `{let ${d};${varint(d, isVarint ? "varint(32)" : "word(32)")}${code(d)}}`;
  }
}

/** LEB128: one byte and two are read here, others by the reader's `slow`. */
function varint(V: string, slow: string): string {
  const wide = slow === "varint(32)" ? "varint32(b,p-1,e)" : `at(b,p-1,e).${slow}`;
  return (
    `if(p>=e)${FAIL}${V}=b[p++];if(${V}>127){if(p<e&&b[p]<128)${V}=(${V}&127)|(b[p++]<<7);` +
    `else{${V}=r.${wide};p=r.position;}}`
  );
}

function word(size: number): string {
  return Array.from({ length: size }, (_, index) =>
    index === 0 ? "b[p]" : `b[p+${index}]<<${index * 8}`,
  ).join("|");
}

function fixed(V: string, size: number, convert: (x: string) => string): string {
  return `if(${size}>e-p)${FAIL}${V}=${convert(word(size))};p+=${size};`;
}

function taken(n: string, isOwned: boolean): string {
  return isOwned ? `r.copy(b,p,p+${n})` : `b.subarray(p,p+${n})`;
}
