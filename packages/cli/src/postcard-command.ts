import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type AnySchema, type CodecOptions, PostcardError, Schema } from "@cantrip/postcard";
import { emit, emitTypes } from "@cantrip/postcard/aot";
import { schemaFromBytes } from "@cantrip/postcard/schema";
import { ExitCode } from "./exit-code.ts";
import { readInput } from "./input-files.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `usage: cantrip postcard emit FILE --format 1|0.7 [--types]

Writes an ES module with codecs, or with --types its declarations, to the standard output. FILE is a JavaScript module
(.js or .mjs), whose exported schemas become codecs of the same names, or the bytes of a type as postcard-schema sends
it, which becomes a codec with the name of the type.
`;

/** Runs `cantrip postcard`. Returns the exit code. */
export async function postcard(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(USAGE);
    return ExitCode.Ok;
  }
  const { values, positionals } = parse(args);
  const [action, file, ...more] = positionals;
  if (action !== "emit" || file === undefined || more.length > 0) {
    throw new UsageError("postcard: emit and one file are needed");
  }
  const { format } = values;
  if (format !== "1" && format !== "0.7") throw new UsageError("postcard: --format is 1 or 0.7");
  const options: CodecOptions = { format };
  const schemas = /\.m?js$/.test(file) ? await schemasOf(file) : schemaIn(file);
  if (Object.keys(schemas).length === 0) throw new UsageError(`${file}: no schema is exported`);
  try {
    process.stdout.write(values.types === true ? emitTypes(schemas) : emit(schemas, options));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
  return ExitCode.Ok;
}

function parse(args: readonly string[]): {
  values: { format?: string; types?: boolean };
  positionals: string[];
} {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: "string" }, types: { type: "boolean" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function schemasOf(file: string): Promise<Readonly<Record<string, AnySchema>>> {
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as object;
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Object.fromEntries(
    Object.entries(module).filter((entry): entry is [string, AnySchema] => {
      const value: unknown = entry[1];
      return value instanceof Schema;
    }),
  );
}

function schemaIn(file: string): Readonly<Record<string, AnySchema>> {
  try {
    const schema = schemaFromBytes(readInput(file, "postcard"));
    return { [schema.node.name ?? ""]: schema };
  } catch (error) {
    if (error instanceof PostcardError || error instanceof TypeError) {
      throw new UsageError(`${file}: ${error.message}`);
    }
    throw error;
  }
}
