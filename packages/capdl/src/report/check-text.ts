import { checkParsed } from "../check-spec.ts";
import { RULES } from "../check/rules.ts";
import { type CapdlDialect } from "../dialect.ts";
import { type CapdlSpec } from "../model.ts";
import { parseCapdl, parseNamed } from "../parse-capdl.ts";

/** A mistake and its place. */
export interface CapdlFinding {
  /** `CAPDL0001` … */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** How {@link checkText} checks. */
export interface CheckTextOptions {
  readonly dialect: CapdlDialect;
  /** `"tool"`: capDL-tool's rules alone, and its verdict. Default: everything. */
  readonly rules?: "all" | "tool";
  readonly wordBits?: 32 | 64;
}

/** The verdict on a text. */
export interface CheckedText {
  /** Whether there are no errors. */
  readonly isAccepted: boolean;
  /** In the order of the text. */
  readonly findings: readonly CapdlFinding[];
  /** The specification, if the text is in the language. */
  readonly spec?: CapdlSpec;
}

/** Parses and checks a text. Places cost a second reading, which only mistakes cause. */
export function checkText(text: string, options: CheckTextOptions): CheckedText {
  const { dialect, rules = "all", wordBits } = options;
  const { result: parsed, names } = parseNamed(text, { dialect });
  if (!parsed.ok) {
    const findings = parsed.errors.map((error) => ({ ...error, severity: "error" as const }));
    return { isAccepted: false, findings };
  }
  // What capDL-tool refuses is an error where its verdict is asked for.
  const severity = rules === "tool" ? "error" : RULES.extension.severity;
  const findings: CapdlFinding[] = parsed.extensions.map((item) => ({ ...item, severity }));
  const how = { rules, dialect, ...(wordBits === undefined ? {} : { wordBits }) };
  const wrong = checkParsed(parsed.spec, how, names);
  if (wrong.length > 0) {
    const again = parseCapdl(text, { dialect, positions: true });
    const positions = again.ok ? again.positions : undefined;
    for (const { code, severity: weight, message, object, slot } of wrong) {
      const inside = slot === undefined ? undefined : positions?.slot(object, slot);
      const place = positions?.place(inside ?? positions.object(object) ?? 0);
      findings.push({ code, severity: weight, message, ...(place ?? { line: 1, column: 1 }) });
    }
    findings.sort((a, b) => a.line - b.line || a.column - b.column);
  }
  const isAccepted = findings.every((finding) => finding.severity !== "error");
  return { isAccepted, findings, spec: parsed.spec };
}
