import {
  type FieldNode,
  type ScalarName,
  type SchemaNode,
  type VariantNode,
} from "../schema-node.ts";
import { maxWord } from "../wire-format.ts";
import { type SourceContext } from "./source-context.ts";

const FAIL = "throw failed;";

/**
 * Writes functions `(v,b,p,w)` that put the value `v` into the bytes `b` at `p` and return the offset after it.
 *
 * One byte may be put behind the end, which engines ignore; longer items look whether there is room, because Rust
 * writes them whole or not at all.
 */
export class SourceEncoder {
  readonly #context: SourceContext;
  readonly #functions = new Map<SchemaNode, string>();
  /** The functions so far. */
  text = "";
  /** Whether they need a writing {@link Cursor}. */
  usesWriter = false;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** The function for all of a value. */
  entry(node: SchemaNode): string {
    const body = this.#value(node, "v");
    const name = this.#context.name("e");
    this.text += `function ${name}(v,b,p,w){const L=b.length;${body}if(p>L)${FAIL}return p;}\n`;
    return name;
  }

  #function(node: SchemaNode): string {
    const known = this.#functions.get(node);
    if (known !== undefined) return known;
    const name = this.#context.name("e");
    this.#functions.set(node, name);
    const body =
      node.type === "lazy"
        ? this.#withWriter(`enter(w);${this.#value(node.resolve(), "v")}leave(w);`)
        : this.#body(node, "v");
    this.text += `function ${name}(v,b,p,w){const L=b.length;${body}return p;}\n`;
    return name;
  }

  #value(node: SchemaNode, value: string): string {
    if (!this.#context.separate.has(node)) return this.#body(node, value);
    return `p=${this.#function(node)}(${value},b,p,w);`;
  }

  #rare(node: SchemaNode, value: string): string {
    const index = this.#context.rareIndex(node);
    return this.#withWriter(`w.position=p;rare[${index}].encode(w,${value});p=w.position;`);
  }

  #withWriter(code: string): string {
    this.usesWriter = true;
    return code;
  }

  #body(node: SchemaNode, value: string): string {
    const { options } = this.#context;
    switch (node.type) {
      case "scalar":
        return this.#scalar(node, node.scalar, value);
      case "string": {
        const isLimited = node.max !== undefined || options.maxLen !== Infinity;
        return isLimited ? this.#rare(node, value) : `p=putText(b,p,${value});`;
      }
      case "bytes":
        return this.#local(
          value,
          (x) =>
            `if(!(${x} instanceof Uint8Array))${FAIL}${this.#length(`${x}.length`, undefined)}` +
            `p=putBytes(b,p,${x},-1);`,
        );
      case "rawBytes":
        return `p=putBytes(b,p,${value},${node.length});`;
      case "newtype":
        return this.#value(node.inner, value);
      case "option":
        return this.#local(value, (x) => {
          const some = node.isWrapped
            ? `${object(x)}${this.#local(`${x}.some`, (y) => this.#value(node.inner, y))}`
            : this.#value(node.inner, x);
          return `if(${x}===undefined)b[p++]=0;else{b[p++]=1;${some}}`;
        });
      case "seq":
        return this.#local(
          value,
          (x) =>
            `if(!Array.isArray(${x}))${FAIL}${this.#length(`${x}.length`, node.max)}` +
            this.#each(x, node.element),
        );
      case "array":
        return this.#local(value, (x) => `${array(x, node.length)}${this.#each(x, node.element)}`);
      case "tuple":
        return this.#local(
          value,
          (x) =>
            array(x, node.elements.length) +
            node.elements
              .map((element, index) =>
                this.#local(`${x}[${index}]`, (y) => this.#value(element, y)),
              )
              .join(""),
        );
      case "map":
        return this.#local(value, (x) => {
          const [key, item] = [this.#context.name("k"), this.#context.name("i")];
          return (
            `if(!(${x} instanceof Map))${FAIL}${this.#length(`${x}.size`, undefined)}` +
            `for(const [${key},${item}] of ${x}){${this.#value(node.key, key)}` +
            `${this.#value(node.value, item)}}`
          );
        });
      case "struct":
        return this.#local(value, (x) => `${object(x)}${this.#fields(node.fields, x)}`);
      case "enum":
        return this.#enum(node.tag, node.variants, value);
      case "unitEnum": {
        const cases = node.names.map(
          (name, index) => `case ${JSON.stringify(name)}:${discriminant(index)}break;`,
        );
        return `switch(${value}){${cases.join("")}default:${FAIL}}`;
      }
      case "enumIndex":
        return this.#local(
          value,
          (x) => `if((${x}>>>0)!==${x}||${x}>=${node.count})${FAIL}${this.#varint(x)}`,
        );
      case "lazy":
      case "nonZero":
      case "fixint":
        return this.#rare(node, value);
    }
  }

  #scalar(node: SchemaNode, name: ScalarName, value: string): string {
    const { options } = this.#context;
    const inRange = (check: (x: string) => string, put: (x: string) => string): string =>
      this.#local(value, (x) => `if(${check(x)}!==${x})${FAIL}${put(x)}`);
    switch (name) {
      case "bool":
        return this.#local(value, (x) => `if(typeof ${x}!=="boolean")${FAIL}b[p++]=${x}?1:0;`);
      case "u8":
        return inRange(
          (x) => `(${x}&255)`,
          (x) => `b[p++]=${x};`,
        );
      case "i8":
        return inRange(
          (x) => `(${x}<<24>>24)`,
          (x) => `b[p++]=${x};`,
        );
      case "u16":
        return inRange(
          (x) => `(${x}&65535)`,
          (x) => (options.isVarint ? this.#varint(x) : fixed(x, 2)),
        );
      case "u32":
        return inRange(
          (x) => `(${x}>>>0)`,
          (x) => (options.isVarint ? this.#varint(x) : fixed(x, 4)),
        );
      case "i16":
        return inRange(
          (x) => `(${x}<<16>>16)`,
          (x) => (options.isVarint ? this.#zigZag(x) : fixed(x, 2)),
        );
      case "i32":
        return inRange(
          (x) => `(${x}|0)`,
          (x) => (options.isVarint ? this.#zigZag(x) : fixed(x, 4)),
        );
      case "usize":
      case "u64n": {
        const max = name === "usize" ? maxWord(options) : Number.MAX_SAFE_INTEGER;
        return this.#local(value, (x) =>
          options.isVarint
            ? `if((${x}>>>0)===${x}){${this.#varint(x)}}else p=putWord(b,p,${x},${max});`
            : `if((${x}>>>0)===${x}){if(p+8>L)${FAIL}${bytes(x, 4)}` +
              `b[p+4]=b[p+5]=b[p+6]=b[p+7]=0;p+=8;}else p=putWideWord(b,p,${x},${max});`,
        );
      }
      case "f32":
      case "f64": {
        const size = name === "f32" ? 4 : 8;
        return this.#local(
          value,
          (x) =>
            `if(typeof ${x}!=="number")${FAIL}` +
            this.#withWriter(`w.position=p;writeFloat(w,${x},${size});p=w.position;`),
        );
      }
      case "unit":
      case "unitStruct":
        return `if(${value}!==undefined)${FAIL}`;
      default:
        return this.#rare(node, value);
    }
  }

  #enum(tag: string, variants: readonly VariantNode[], value: string): string {
    return this.#local(value, (x) => {
      const cases = variants.map(({ name, payload }, index) => {
        const rest =
          payload.type === "unit"
            ? ""
            : payload.type === "fields"
              ? this.#fields(payload.fields, x)
              : this.#local(`${x}.value`, (y) => this.#value(payload.node, y));
        return `case ${JSON.stringify(name)}:{${discriminant(index)}${rest}break;}`;
      });
      return `${object(x)}switch(${property(x, tag)}){${cases.join("")}default:${FAIL}}`;
    });
  }

  #fields(fields: readonly FieldNode[], value: string): string {
    return fields
      .map(({ name, node }) => this.#local(property(value, name), (x) => this.#value(node, x)))
      .join("");
  }

  #each(values: string, element: SchemaNode): string {
    const index = this.#context.name("i");
    const body = this.#local(`${values}[${index}]`, (x) => this.#value(element, x));
    return `for(let ${index}=0;${index}<${values}.length;${index}++){${body}}`;
  }

  /** Code over a value that is evaluated once. */
  #local(value: string, code: (name: string) => string): string {
    if (/^\w+$/.test(value)) return code(value);
    const name = this.#context.name("t");
    return `{const ${name}=${value};${code(name)}}`;
  }

  #length(value: string, max: number | undefined): string {
    const limit = Math.min(max ?? Infinity, this.#context.options.maxLen);
    return this.#local(
      value,
      (x) => `${limit === Infinity ? "" : `if(${x}>${limit})${FAIL}`}${this.#varint(x)}`,
    );
  }

  /** LEB128 of an integer of 0 to 2^53-1 in the variable `x`. */
  #varint(x: string): string {
    return (
      `if(${x}<128)b[p++]=${x};else if(${x}<16384){if(p+2>L)${FAIL}` +
      `b[p]=${x}|128;b[p+1]=${x}>>>7;p+=2;}else p=putVarint(b,p,${x});`
    );
  }

  #zigZag(x: string): string {
    return this.#local(`((${x}<<1)^(${x}>>31))>>>0`, (y) => this.#varint(y));
  }
}

function object(x: string): string {
  return `if(typeof ${x}!=="object"||${x}===null)${FAIL}`;
}

function array(x: string, length: number): string {
  return `if(!Array.isArray(${x})||${x}.length!==${length})${FAIL}`;
}

function property(x: string, name: string): string {
  return `${x}[${JSON.stringify(name)}]`;
}

function discriminant(index: number): string {
  return index < 0x80 ? `b[p++]=${index};` : `p=putVarint(b,p,${index});`;
}

function bytes(x: string, size: number): string {
  return Array.from({ length: size }, (_, index) =>
    index === 0 ? `b[p]=${x};` : `b[p+${index}]=${x}>>>${index * 8};`,
  ).join("");
}

function fixed(x: string, size: number): string {
  return `if(p+${size}>L)${FAIL}${bytes(x, size)}p+=${size};`;
}
