import { RULES } from "../check/rules.ts";
import { type CapdlFinding } from "./check-text.ts";

/** Longest part of a line that is shown. */
const MAX_LINE = 120;

/** Mistakes for people: place, message, and the line with a mark below the place. */
export function findingsText(
  findings: readonly CapdlFinding[],
  file: string,
  text: string,
): string {
  const lines = text.split("\n");
  return findings
    .map(({ code, severity, message, line, column }) => {
      const head = `${file}:${line}:${column}: ${severity} ${code}: ${message}\n`;
      const whole = lines[line - 1] ?? "";
      const start = Math.max(0, column - 1 - MAX_LINE / 2);
      const shown = whole
        .slice(start, start + MAX_LINE)
        .replaceAll("\t", " ")
        .trimEnd();
      if (shown === "") return head;
      return `${head}  ${shown}\n  ${" ".repeat(column - 1 - start)}^\n`;
    })
    .join("");
}

/** Mistakes as JSON: an array of objects with `file`, `code`, `severity`, `message`, `line` and `column`. */
export function findingsJson(findings: readonly CapdlFinding[], file: string): string {
  return `${JSON.stringify(
    findings.map((finding) => ({ file, ...finding })),
    undefined,
    2,
  )}\n`;
}

/** Mistakes in the Static Analysis Results Interchange Format, version 2.1.0. */
export function findingsSarif(findings: readonly CapdlFinding[], file: string): string {
  const used = new Set(findings.map(({ code }) => code));
  const rules = Object.entries(RULES)
    .filter(([, { code }]) => used.has(code))
    .map(([name, { code, severity, title, explanation }]) => ({
      id: code,
      name,
      shortDescription: { text: title },
      fullDescription: { text: explanation },
      defaultConfiguration: { level: severity },
    }));
  const results = findings.map(({ code, severity, message, line, column }) => ({
    ruleId: code,
    ruleIndex: rules.findIndex(({ id }) => id === code),
    level: severity,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      { tool: { driver: { name: "cantrip capdl", rules } }, columnKind: "utf16CodeUnits", results },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** The page of every rule, in Markdown. */
export function rulesMarkdown(): string {
  const pages = Object.entries(RULES).map(
    ([name, { code, severity, title, explanation, isToolRule }]) =>
      `## ${code}: ${title}\n\n\`${name}\`, ${severity}, ${isToolRule ? "checked by capDL-tool" : "not checked by capDL-tool"}\n\n${explanation}\n`,
  );
  return `# capDL diagnostics\n\nThe table is in @cantrip/capdl, \`src/check/rules.ts\`; \`cantrip explain CODE\` prints a page.\n\n${pages.join("\n")}`;
}
