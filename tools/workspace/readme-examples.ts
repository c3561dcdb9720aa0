import { readFileSync } from "node:fs";
import type TypeScript from "typescript";

/** A block of TypeScript in a README. */
export interface ReadmeExample {
  /** Counts the blocks of the file, from 1. */
  readonly number: number;
  /** Line of the README on which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

/** What a `console.log` with a comment behind it prints: `console.log(x); // expected`. */
export interface Expectation {
  /** Line in the example, from 1. */
  readonly line: number;
  readonly text: string;
}

/** What an instrumented example exports as `printedByExample`: line of each call, and its text. */
export type Printed = readonly (readonly [line: number, text: string])[];

/** Every `ts` block of a Markdown text. */
export function examplesOf(markdown: string): ReadmeExample[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match, index) => ({
    number: index + 1,
    line: markdown.slice(0, match.index).split("\n").length + 1,
    code: match[1] ?? "",
  }));
}

/** The blocks of a README file. */
export function examplesIn(file: string): ReadmeExample[] {
  return examplesOf(readFileSync(file, "utf8"));
}

/** An example whose calls of `console.log` are recorded instead of printed. */
export interface InstrumentedExample {
  /** A module that exports `printedByExample`; its lines are those of the example. */
  readonly code: string;
  readonly expectations: readonly Expectation[];
}

/**
 * Makes an example record what its `console.log` calls print, as `console.log` formats it.
 *
 * @param ts - the compiler; taken as a parameter because loading it takes longer than all else here
 */
export function instrument(ts: typeof TypeScript, code: string): InstrumentedExample {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  const expectations: Expectation[] = [];
  const edits: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const visit = (node: TypeScript.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "console.log") {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      const text = /^[^\n]*?\/\/ ?([^\n]*)/.exec(code.slice(node.getEnd()))?.[1]?.trim();
      if (text !== undefined) expectations.push({ line, text });
      const callee = node.expression;
      const from = callee.getStart(source);
      edits.push({ from, to: callee.getEnd(), text: `__print(${line})` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let instrumented = code;
  for (const { from, to, text } of edits.reverse()) {
    instrumented = instrumented.slice(0, from) + text + instrumented.slice(to);
  }
  const recorder =
    'import { format as __format } from "node:util"; ' +
    "export const printedByExample: [number, string][] = []; " +
    "const __print = (line: number) => (...values: unknown[]): void => void printedByExample.push([line, __format(...values)]); ";
  return { code: recorder + instrumented, expectations };
}

/** What printed other text than its comment says, or nothing. */
export function misprints(expectations: readonly Expectation[], printed: Printed): string[] {
  return expectations.flatMap(({ line, text }) => {
    const got = printed.filter(([of]) => of === line).map(([, output]) => onOneLine(output));
    if (got.length === 0) return [`line ${line}: printed nothing, wanted ${text}`];
    return got
      .filter((output) => output !== text)
      .map((output) => `line ${line}: printed ${output}, wanted ${text}`);
  });
}

/** Objects that do not fit a line are printed on several; the comment stands on one. */
function onOneLine(text: string): string {
  return text.trim().replaceAll(/\n\s*/g, " ");
}
