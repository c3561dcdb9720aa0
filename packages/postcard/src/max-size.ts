import { type SchemaNode, type ScalarName } from "./schema-node.ts";
import { type WireOptions } from "./wire-format.ts";

/** The most bytes of a value, as postcard's `MaxSize` counts them; `undefined` when there is no limit. */
export function maxSize(node: SchemaNode, options: WireOptions): number | undefined {
  const sum = (nodes: readonly SchemaNode[]): number | undefined =>
    nodes.reduce<number | undefined>((total, each) => {
      const size = total === undefined ? undefined : maxSize(each, options);
      return total === undefined || size === undefined ? undefined : total + size;
    }, 0);
  switch (node.type) {
    case "scalar":
      return scalarSize(node.scalar, options);
    case "nonZero":
    case "newtype":
      return maxSize(node.inner, options);
    case "fixint":
      return node.bits / 8;
    case "string":
      return node.max === undefined ? undefined : varintSize(node.max) + node.max;
    case "bytes":
    case "map":
    case "lazy":
      return undefined;
    case "rawBytes":
      return node.length;
    case "option": {
      const inner = maxSize(node.inner, options);
      return inner === undefined ? undefined : 1 + inner;
    }
    case "seq": {
      const element = maxSize(node.element, options);
      return element === undefined || node.max === undefined
        ? undefined
        : varintSize(node.max) + node.max * element;
    }
    case "array": {
      const element = maxSize(node.element, options);
      return element === undefined ? undefined : node.length * element;
    }
    case "tuple":
      return sum(node.elements);
    case "struct":
      return sum(node.fields.map((field) => field.node));
    case "enum": {
      let largest = 0;
      for (const { payload } of node.variants) {
        if (payload.type === "unit") continue;
        const size = sum(
          payload.type === "value" ? [payload.node] : payload.fields.map((field) => field.node),
        );
        if (size === undefined) return undefined;
        largest = Math.max(largest, size);
      }
      return varintSize(node.variants.length) + largest;
    }
    case "unitEnum":
      return varintSize(node.names.length);
    case "enumIndex":
      return varintSize(node.count);
  }
}

/** Bytes of a LEB128; postcard counts the discriminant as large as the number of variants. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function scalarSize(name: ScalarName, { isVarint, wordBits }: WireOptions): number {
  switch (name) {
    case "bool":
    case "u8":
    case "i8":
      return 1;
    case "u16":
    case "i16":
      return isVarint ? 3 : 2;
    case "u32":
    case "i32":
      return isVarint ? 5 : 4;
    case "usize":
    case "usizeBig":
    case "isize":
    case "isizeBig":
      return isVarint ? (wordBits === 32 ? 5 : 10) : 8;
    case "u64":
    case "u64n":
    case "i64":
    case "i64n":
      return isVarint ? 10 : 8;
    case "u128":
    case "i128":
      return isVarint ? 19 : 16;
    case "f32":
    case "f32bits":
      return 4;
    case "f64":
    case "f64bits":
      return 8;
    case "char":
      return 5;
    case "unit":
    case "unitStruct":
      return 0;
    case "duration":
      return isVarint ? 15 : 12;
  }
}
