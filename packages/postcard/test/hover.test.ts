import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const fixture = fileURLToPath(new URL("./hover-fixture.ts", import.meta.url));

/** What an editor shows over the declaration of `name` in the fixture. */
function hover(service: ts.LanguageService, name: string): string {
  const at = readFileSync(fixture, "utf8").indexOf(` ${name} `) + 1;
  return ts.displayPartsToString(service.getQuickInfoAtPosition(fixture, at)?.displayParts);
}

function languageService(): ts.LanguageService {
  const { config } = ts.readConfigFile(`${root}/tsconfig.tests.json`, (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getCompilationSettings: () => ({ ...options, strict: true }),
    getScriptFileNames: () => [fixture],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => {
      const text = ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: (each) => ts.getDefaultLibFilePath(each),
  });
}

describe("what an editor shows over a decoded message", () => {
  const service = languageService();

  it("reads as the Rust declaration of a struct", () => {
    expect(hover(service, "sample")).toBe(`const sample: {
    readonly id: bigint;
    readonly name: string;
    readonly tags: readonly string[];
    readonly at: number | undefined;
    readonly pair: readonly [number, number];
    readonly counts: ReadonlyMap<string, number>;
    readonly outcome: {
        readonly type: "Ok";
        readonly value: number;
    } | {
        readonly type: "Err";
        readonly value: string;
    };
}`);
  });

  it("reads as the Rust declaration of an enum: each variant with its tag first", () => {
    const text = hover(service, "request");
    for (const variant of [
      `{
    readonly type: "Alloc";
    readonly bundle: {
        readonly cnode: number;
        readonly objs: readonly {
            readonly kind: "Untyped" | "TCB";
            readonly count: number;
        }[];
    };
    readonly lifetime: "Short" | "Static";
}`,
      `{
    readonly type: "Send";
    readonly value: readonly [number, number];
}`,
      `{
    readonly type: "Cancel";
    readonly value: number;
}`,
      `{
    readonly type: "Stats";
}`,
    ]) {
      expect(text).toContain(variant);
    }
    expect(text).not.toMatch(/Readonly<|Record<|Infer<|any/);
  });

  it("has no any and no error", () => {
    expect(service.getSemanticDiagnostics(fixture)).toEqual([]);
  });
});
