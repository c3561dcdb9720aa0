import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import ts from "typescript";
import {
  instrument,
  misprints,
  type Printed,
  type ReadmeExample,
} from "../workspace/readme-examples.ts";

/** Longest time that an example may take, in ms. */
const TIME_LIMIT_MS = 30_000;

const MARK = "printed: ";
const RUNNER = `
const { printedByExample } = await import(process.argv[1]);
console.log(${JSON.stringify(MARK)} + JSON.stringify(printedByExample));`;

/**
 * Runs an example with plain node.
 *
 * @param folder - where it is run; it sees what is in `node_modules` there
 * @returns what is wrong with it
 */
export async function runExample(example: ReadmeExample, folder: string): Promise<string[]> {
  const { code, expectations } = instrument(ts, example.code);
  const file = `${folder}/example-${example.number}.run.mjs`;
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  writeFileSync(file, outputText);
  const run = promisify(execFile);
  try {
    const options = { cwd: folder, encoding: "utf8", timeout: TIME_LIMIT_MS } as const;
    const { stdout } = await run(
      process.execPath,
      ["--input-type=module", "-e", RUNNER, file],
      options,
    );
    const printed = JSON.parse(stdout.slice(stdout.lastIndexOf(MARK) + MARK.length)) as Printed;
    return misprints(expectations, printed);
  } catch (error) {
    return [whatNodeSaid(error)];
  }
}

/** The line of the error in what node wrote before it ended. */
function whatNodeSaid(error: unknown): string {
  const { stderr = "", killed } = error as { readonly stderr?: string; readonly killed?: boolean };
  if (killed === true) return `took longer than ${TIME_LIMIT_MS} ms`;
  const line = stderr.split("\n").find((text) => /^(Uncaught )?\w*Error\b/.test(text));
  return line ?? (stderr.trim() || String(error));
}
