import { type CapdlRule, RULES, type RuleName } from "./rules.ts";

/** What a {@link SpecDiagnostic} is about. */
export type SpecDiagnosticCode = RuleName;

/** A mistake in a specification. */
export interface SpecDiagnostic {
  readonly severity: "error" | "warning";
  /** `CAPDL0101` … */
  readonly code: string;
  /** Name of the rule. */
  readonly rule: RuleName;
  /** Name of the object. */
  readonly object: string;
  readonly slot?: number;
  /** For people; names object and slot. */
  readonly message: string;
}

/** Collects mistakes. */
export class Findings {
  readonly list: SpecDiagnostic[] = [];

  /** Reports a breach of a rule, with the rule's own severity. */
  add(rule: RuleName, object: string, text: string, slot?: number): void {
    const { code, severity }: CapdlRule = RULES[rule];
    const place = slot === undefined ? object : `${object}, slot ${slot}`;
    const message = `${place}: ${text}`;
    const finding = { severity, code, rule, object, message };
    this.list.push(slot === undefined ? finding : { ...finding, slot });
  }
}
