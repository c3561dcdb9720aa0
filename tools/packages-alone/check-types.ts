import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  // `console` comes from here; declarations that need more of the host say so.
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: [],
  // The packages' own declarations are checked, the compiler's are not.
  skipLibCheck: false,
  skipDefaultLibCheck: true,
};

/** Checks programs that share the compiler's own declarations. */
export class TypeChecker {
  readonly #libraries = new Map<string, ts.SourceFile | undefined>();
  readonly #libraryFolder = ts.sys.resolvePath(`${ts.getDefaultLibFilePath(OPTIONS)}/..`);

  /**
   * @param files - path and text of each file; imports are resolved from its folder
   * @returns mistakes of the files and of the declarations that they import
   */
  check(files: ReadonlyMap<string, string>): string[] {
    const host = ts.createCompilerHost(OPTIONS);
    const original = ts.createCompilerHost(OPTIONS);
    host.fileExists = (file) => files.has(file) || original.fileExists(file);
    host.readFile = (file) => files.get(file) ?? original.readFile(file);
    host.getSourceFile = (file, ...rest) => {
      const text = files.get(file);
      if (text !== undefined) return ts.createSourceFile(file, text, rest[0]);
      if (!file.startsWith(this.#libraryFolder)) return original.getSourceFile(file, ...rest);
      const known = this.#libraries.get(file) ?? original.getSourceFile(file, ...rest);
      this.#libraries.set(file, known);
      return known;
    };
    const program = ts.createProgram([...files.keys()], OPTIONS, host);
    return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      const { file, start } = diagnostic;
      if (file === undefined || start === undefined) return text;
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      const name = files.has(file.fileName)
        ? ""
        : `${file.fileName.split("/node_modules/").at(-1) ?? ""} `;
      return `${name}line ${line}: ${text}`;
    });
  }
}
