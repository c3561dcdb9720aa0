import { generateSource, RUNTIME_NAMES } from "../generated/source.ts";
import { type AnySchema } from "../schema.ts";
import { type CodecOptions, wireOptions } from "../wire-format.ts";
import { SchemaText } from "./schema-text.ts";
import { TypeText } from "./type-text.ts";

const FIRST_LINE = "// Written by @cantrip/postcard/aot.\n";

/**
 * Writes an ES module with a codec for each schema, exported under its name: the same code as `/jit` runs, at build
 * time. It imports this package and evaluates nothing.
 *
 * @throws TypeError for a name that is no identifier.
 */
export function emit(schemas: Readonly<Record<string, AnySchema>>, options: CodecOptions): string {
  const wire = wireOptions(options);
  const texts = new SchemaText();
  const codecs = Object.entries(schemas).map(([name, { node }]) => {
    const { text, generated, rare } = generateSource(node, wire);
    const rareTexts = rare.map((each) => texts.of(each)).join(", ");
    return (
      `\nexport const ${checkedIdentifier(name)} = emittedCodec(\n${texts.of(node)},\n` +
      `options,\n[${rareTexts}],\n(rare) => {\n${text}return ${generated};\n},\n);\n`
    );
  });
  return (
    `${FIRST_LINE}import * as p from "@cantrip/postcard";\n` +
    `import { emittedCodec, ${RUNTIME_NAMES.join(", ")} } from "@cantrip/postcard/aot-runtime";\n\n` +
    `const options = ${literal(options)};\n${texts.declarations}${codecs.join("")}`
  );
}

/**
 * Writes the declarations (`.d.ts`) of the module that {@link emit} writes: for each schema a codec, and under the same
 * name the type of its values.
 *
 * @throws TypeError for a name that is no identifier.
 */
export function emitTypes(schemas: Readonly<Record<string, AnySchema>>): string {
  const texts = new TypeText();
  const types = Object.entries(schemas).map(
    ([name, { node }]) =>
      `\nexport type ${checkedIdentifier(name)} = ${texts.of(node)};\n` +
      `export declare const ${name}: Codec<${name}>;\n`,
  );
  return `${FIRST_LINE}import { type Codec } from "@cantrip/postcard";\n\n${texts.declarations}${types.join("")}`;
}

/** Options as source; `JSON.stringify` has no `Infinity`. */
function literal(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  const entries = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}: ${literal(item)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

function checkedIdentifier(name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name) || name === "p" || name === "options") {
    throw new TypeError(`${name} cannot be the name of a codec`);
  }
  return name;
}
