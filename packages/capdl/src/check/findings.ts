/** What a {@link SpecDiagnostic} is about. */
export type SpecDiagnosticCode =
  | "duplicate-name"
  | "bad-name"
  | "unknown-object"
  | "slot-filled-twice"
  | "slot-out-of-range"
  /** A capability of a kind that the slot does not take. */
  | "bad-target"
  /** A badge, guard, right or other parameter that the target does not have, or out of range. */
  | "bad-parameter"
  | "bad-mapping"
  | "bad-cover"
  | "bad-irq"
  | "bad-fill"
  /** A field of an object out of range. */
  | "bad-value"
  /** A slot that should be filled is empty. */
  | "missing-cap"
  | "bad-hand-over";

/** A mistake in a specification. */
export interface SpecDiagnostic {
  readonly severity: "error" | "warning";
  readonly code: SpecDiagnosticCode;
  /** Name of the object. */
  readonly object: string;
  readonly slot?: number;
  /** For people; names object and slot. */
  readonly message: string;
}

/** Collects mistakes. */
export class Findings {
  readonly list: SpecDiagnostic[] = [];

  error(code: SpecDiagnosticCode, object: string, text: string, slot?: number): void {
    this.#add("error", code, object, text, slot);
  }

  warning(code: SpecDiagnosticCode, object: string, text: string, slot?: number): void {
    this.#add("warning", code, object, text, slot);
  }

  #add(
    severity: "error" | "warning",
    code: SpecDiagnosticCode,
    object: string,
    text: string,
    slot?: number,
  ): void {
    const place = slot === undefined ? object : `${object}, slot ${slot}`;
    const message = `${place}: ${text}`;
    this.list.push({ severity, code, object, message, ...(slot === undefined ? {} : { slot }) });
  }
}
