import { type SchemaNode, type VariantNode } from "@cantrip/postcard";
import { BebopView } from "bebop";
import { type Message } from "./messages.ts";
import { contestant } from "./contestant.ts";
import { type Contestant } from "./walk.ts";

/** Code as bebop's compiler writes it, over bebop's own `BebopView`; the compiler is no npm package. */
export function bebop({ schema, value }: Message): Contestant {
  const name = names();
  const put = writes(schema.node, "record", name);
  const get = reads(schema.node, "result", name);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- stands for a file that a compiler wrote
  const makeEncode = new Function(
    "BebopView",
    `return function(record){const view=BebopView.getInstance();view.startWriting();${put}return view.toArray();}`,
  ) as (view: typeof BebopView) => (value: unknown) => Uint8Array;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- stands for a file that a compiler wrote
  const makeDecode = new Function(
    "BebopView",
    `return function(bytes){const view=BebopView.getInstance();view.startReading(bytes);let result;${get}return result;}`,
  ) as (view: typeof BebopView) => (bytes: Uint8Array) => unknown;
  const [encode, decode] = [makeEncode(BebopView), makeDecode(BebopView)];
  const record = convert(schema.node, value);
  return contestant("bebop", record, encode, decode);
}

function names(): () => string {
  let count = 0;
  return () => `t${++count}`;
}

const SCALARS: Readonly<Record<string, string>> = { u8: "Byte", u32: "Uint32", usize: "Uint32" };

function writes(node: SchemaNode, x: string, name: () => string): string {
  switch (node.type) {
    case "scalar":
      return `view.write${SCALARS[node.scalar] ?? ""}(${x});`;
    case "enumIndex":
      return `view.writeUint32(${x});`;
    case "string":
      return `view.writeString(${x});`;
    case "bytes":
      return `view.writeBytes(${x});`;
    case "seq": {
      const [n, i] = [name(), name()];
      return (
        `{const ${n}=${x}.length;view.writeUint32(${n});` +
        `for(let ${i}=0;${i}<${n};${i}++){${writes(node.element, `${x}[${i}]`, name)}}}`
      );
    }
    case "struct":
      return node.fields.map((field) => writes(field.node, `${x}.${field.name}`, name)).join("");
    case "option": {
      const [p, s] = [name(), name()];
      return (
        `{const ${p}=view.reserveMessageLength();const ${s}=view.length;if(${x}!==undefined){` +
        `view.writeByte(1);${writes(node.inner, x, name)}}view.writeByte(0);` +
        `view.fillMessageLength(${p},view.length-${s});}`
      );
    }
    case "enum": {
      const [p, s] = [name(), name()];
      const cases = node.variants.map(
        (variant, index) =>
          `case ${index + 1}:${variantFields(variant)
            .map(([field, each]) => writes(each, `${x}.value.${field}`, name))
            .join("")}break;`,
      );
      return (
        `{const ${p}=view.reserveMessageLength();const ${s}=view.length+1;` +
        `view.writeByte(${x}.discriminator);switch(${x}.discriminator){${cases.join("")}}` +
        `view.fillMessageLength(${p},view.length-${s});}`
      );
    }
    default:
      throw new Error(`the messages have no ${node.type}`);
  }
}

function reads(node: SchemaNode, x: string, name: () => string): string {
  switch (node.type) {
    case "scalar":
      return `${x}=view.read${SCALARS[node.scalar] ?? ""}();`;
    case "enumIndex":
      return `${x}=view.readUint32();`;
    case "string":
      return `${x}=view.readString();`;
    case "bytes":
      return `${x}=view.readBytes();`;
    case "seq": {
      const [n, i, y, list] = [name(), name(), name(), name()];
      return (
        `{const ${n}=view.readUint32();const ${list}=new Array(${n});for(let ${i}=0;${i}<${n};${i}++){` +
        `let ${y};${reads(node.element, y, name)}${list}[${i}]=${y};}${x}=${list};}`
      );
    }
    case "struct":
      return object(
        node.fields.map((field) => [field.name, field.node]),
        x,
        name,
      );
    case "option": {
      const y = name();
      return (
        `{view.readMessageLength();let ${y};for(;;){const id=view.readByte();if(id===0)break;` +
        `${reads(node.inner, y, name)}}${x}=${y};}`
      );
    }
    case "enum": {
      const cases = node.variants.map((variant, index) => {
        const y = name();
        return `case ${index + 1}:{let ${y};${object(variantFields(variant), y, name)}${x}={discriminator:${index + 1},value:${y}};break;}`;
      });
      return `view.readMessageLength();switch(view.readByte()){${cases.join("")}}`;
    }
    default:
      throw new Error(`the messages have no ${node.type}`);
  }
}

function object(
  fields: readonly (readonly [string, SchemaNode])[],
  x: string,
  name: () => string,
): string {
  const parts = fields.map(([field, node]) => {
    const y = name();
    return { read: `let ${y};${reads(node, y, name)}`, entry: `${field}:${y}` };
  });
  return `{${parts.map(({ read }) => read).join("")}${x}={${parts.map(({ entry }) => entry).join(",")}};}`;
}

function variantFields({ payload }: VariantNode): readonly (readonly [string, SchemaNode])[] {
  if (payload.type === "unit") return [];
  if (payload.type === "value") return [["value", payload.node]];
  return payload.fields.map((field) => [field.name, field.node] as const);
}

function convert(node: SchemaNode, value: unknown): unknown {
  if (node.type === "seq") return (value as unknown[]).map((each) => convert(node.element, each));
  const object = value as Readonly<Record<string, unknown>>;
  if (node.type === "struct") {
    return Object.fromEntries(
      node.fields.map((field) => [field.name, convert(field.node, object[field.name])]),
    );
  }
  if (node.type !== "enum") return value;
  const index = node.variants.findIndex(({ name }) => name === object["type"]);
  const variant = node.variants[index];
  if (variant === undefined) throw new Error("no such variant");
  return {
    discriminator: index + 1,
    value: Object.fromEntries(
      variantFields(variant).map(([field, each]) => [field, convert(each, object[field])]),
    ),
  };
}
