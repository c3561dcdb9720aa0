/** The prompt of CantripOS's console. */
export const PROMPT = "CANTRIP> ";

/** What a script wants of the console. */
export interface ConsoleScriptOptions {
  /** Lines to type, one after another, each when the prompt is back. */
  readonly lines: readonly string[];
  /** Texts that must all appear for the run to succeed. */
  readonly expectTexts: readonly string[];
  /** Texts that end the run as failed at once. */
  readonly failTexts: readonly string[];
  /** Text that means that the console waits for a line; `null` for one that never says so and gets all lines at once. */
  readonly prompt?: string | null;
}

/** Where a script stands. */
export type ScriptStatus =
  | { readonly kind: "running" }
  /**
   * Every line was typed and answered with a prompt, and every expected text was seen. Without a prompt at least one
   * text has to be expected.
   */
  | { readonly kind: "done" }
  /** A fail text appeared. */
  | { readonly kind: "failed"; readonly text: string };

/**
 * Types lines at a console and watches what it prints.
 *
 * It sees bytes only; whoever drives it passes on what the UART transmits and takes what is to be typed.
 */
export class ConsoleScript {
  readonly #lines: readonly string[];
  readonly #prompt: string | null;
  readonly #expectsText: boolean;
  readonly #failTexts: readonly string[];
  readonly #missing: Set<string>;
  /** Printed text that may still be the beginning of something sought. */
  #tail = "";
  readonly #tailLength: number;
  #next = 0;
  #prompts = 0;
  #toType: string[] = [];
  #failed: string | undefined;
  /** Whether the console is waiting for the next line. */
  #atPrompt = false;

  constructor({ lines, expectTexts, failTexts, prompt = PROMPT }: ConsoleScriptOptions) {
    this.#lines = lines;
    this.#prompt = prompt;
    this.#failTexts = failTexts;
    this.#missing = new Set(expectTexts);
    this.#expectsText = expectTexts.length > 0;
    if (prompt === null) {
      this.#toType = lines.map((line) => `${line}\r`);
      this.#next = lines.length;
    }
    this.#tailLength = Math.max(
      prompt?.length ?? 0,
      ...[...expectTexts, ...failTexts].map((text) => text.length),
    );
  }

  /** Prompts seen so far. */
  get prompts(): number {
    return this.#prompts;
  }

  /** Expected texts that were not seen yet. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  get status(): ScriptStatus {
    if (this.#failed !== undefined) return { kind: "failed", text: this.#failed };
    const typed = this.#next >= this.#lines.length && this.#toType.length === 0;
    const isAnswered = this.#prompt === null ? this.#expectsText : this.#atPrompt;
    return typed && isAnswered && this.#missing.size === 0 ? { kind: "done" } : { kind: "running" };
  }

  /** Whether whoever drives the script should look: there is something to type, or the run is over. */
  get wantsAttention(): boolean {
    return this.#toType.length > 0 || this.status.kind !== "running";
  }

  /** Passes on a byte that the console printed. */
  print(byte: number): void {
    this.#tail = (this.#tail + String.fromCharCode(byte)).slice(-this.#tailLength);
    for (const text of this.#failTexts) if (this.#tail.endsWith(text)) this.#failed ??= text;
    for (const text of this.#missing) if (this.#tail.endsWith(text)) this.#missing.delete(text);
    if (this.#prompt === null || !this.#tail.endsWith(this.#prompt)) return;
    this.#prompts++;
    this.#atPrompt = true;
    const line = this.#lines[this.#next];
    if (line === undefined) return;
    this.#next++;
    this.#atPrompt = false;
    this.#toType.push(`${line}\r`);
  }

  /** Takes what is to be typed now; empty most of the time. */
  takeInput(): string {
    if (this.#toType.length === 0) return "";
    const text = this.#toType.join("");
    this.#toType = [];
    return text;
  }
}
