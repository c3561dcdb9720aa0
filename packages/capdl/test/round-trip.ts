import {
  type CapdlDialect,
  type CapdlSpec,
  checkSpec,
  checkText,
  parseCapdl,
  printCapdl,
} from "@cantrip/capdl";
import { expect } from "vitest";
import { Choices, randomText } from "./random-text.ts";
import { essence } from "./same-spec.ts";

/** Expects that text to model to text to model loses nothing, and that the second text is the third. */
export function expectRoundTrip(seed: number): void {
  const { text, dialect } = randomText(seed);
  const first = parsed(text, dialect);
  const printed = printCapdl(first, { dialect });
  const second = parsed(printed, dialect);
  expect(essence(second)).toEqual(essence(first));
  expect(printCapdl(second, { dialect })).toBe(printed);
  expect(parsed(printCapdl(second, { dialect }), dialect)).toEqual(second);
}

function parsed(text: string, dialect: CapdlDialect): CapdlSpec {
  const result = parseCapdl(text, { dialect });
  if (!result.ok)
    throw new Error(
      `${result.errors.map(({ line, message }) => `${line}: ${message}`).join("\n")}\n${text}`,
    );
  return result.spec;
}

/** Most milliseconds that a text of a kilobyte may take: a thousand times what it does. */
const TOO_LONG_MS = 2000;

/**
 * Parses a text, right or wrong.
 *
 * The parser with positions reads everything by itself, the other one usual lines by regular expressions: both must agree.
 *
 * @returns the first mistake, or `undefined`
 */
export function expectAnswer(text: string, dialect: CapdlDialect): string | undefined {
  const before = performance.now();
  const result = parseCapdl(text, { dialect });
  const whole = parseCapdl(text, { dialect, positions: true });
  expect(performance.now() - before, text).toBeLessThan(TOO_LONG_MS + text.length / 100);
  if (result.ok) {
    if (!whole.ok)
      throw new Error(`refused with positions: ${whole.errors[0]?.message ?? ""}\n${text}`);
    expect(whole.spec, text).toEqual(result.spec);
    // The checks know less of a model than of a text that was parsed, and find the same.
    const messages = (items: readonly { readonly message: string }[]): readonly string[] =>
      items.map(({ message }) => message).sort();
    const found = [...checkSpec(result.spec, { dialect }), ...result.extensions];
    expect(messages(checkText(text, { dialect }).findings), text).toEqual(messages(found));
    return undefined;
  }
  expect(whole.ok ? [] : whole.errors, text).toEqual(result.errors);
  const lines = text.split("\n");
  for (const { line, column, message } of result.errors) {
    expect(message).not.toBe("");
    expect(column, text).toBeGreaterThan(0);
    expect(column, text).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
  }
  return result.errors[0]?.code ?? "no mistake is told";
}

const TOKENS = /[\p{L}\p{N}_@.-]+|\s+|[^\s]/gu;

/** A text with some changes of characters, tokens or lines. */
export function mutated(text: string, seed: number): string {
  const choices = new Choices(seed);
  let result = text;
  const count = choices.once(4) ? 2 : 1;
  for (let round = 0; round < count; round++) {
    const how = choices.below(4);
    const parts =
      how === 0
        ? Array.from(result)
        : how === 1
          ? result.split(/(?<=\n)/)
          : (result.match(TOKENS) ?? []);
    if (parts.length === 0) return result;
    // Half of the changes are small, and mostly leave the text right.
    if (choices.once(2)) {
      result = slightly(result, choices);
      continue;
    }
    const at = choices.below(parts.length);
    const from = choices.below(parts.length);
    const other = parts[from] ?? "";
    switch (choices.below(5)) {
      case 0:
        parts.splice(at, 1);
        break;
      case 1:
        parts.splice(at, 0, other);
        break;
      case 2:
        parts[at] = other;
        break;
      case 3:
        [parts[at], parts[from]] = [other, parts[at] ?? ""];
        break;
      default:
        parts.splice(
          at,
          0,
          choices.of([" ", "\n", "-- x\n", "/* y */", "{", ")", "0x", "[3]", "\u0000", "é"]),
        );
    }
    result = parts.join("");
  }
  return result;
}

/** Another number in place of one, or other space. */
function slightly(text: string, choices: Choices): string {
  const tokens = text.match(TOKENS) ?? [];
  const isNumber = choices.once(2);
  const places = tokens.flatMap((token, at) =>
    (isNumber ? /^[0-9]+$/ : /^\s+$/).test(token) ? [at] : [],
  );
  const at = places[choices.below(places.length + 1)];
  if (at === undefined) return text;
  tokens[at] = isNumber
    ? choices.of(["0", "1", "2", "0x10", "077", "4294967296"])
    : choices.of([" ", "\n", "\n\n", "\t", " -- x\n", " /* y */ "]);
  return tokens.join("");
}
