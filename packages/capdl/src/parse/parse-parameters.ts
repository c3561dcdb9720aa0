import { type Parameter, type ParameterValue, type RawFill, type SlotRefNode } from "./ast.ts";
import { SyntaxFailure } from "./diagnostics.ts";
import { type Scanner } from "./scanner.ts";

const NUMBER_KEYS: readonly string[] = [
  "addr",
  "ip",
  "sp",
  "prio",
  "max_prio",
  "affinity",
  "dom",
  "fault_ep",
  "paddr",
  "period",
  "budget",
  "data",
  "asid_high",
];
const FLAG_KEYS: readonly string[] = ["resume", "fpu_disabled", "untyped"];

/** Parameters of an object: `N bits`, `Nk`, `NM`, or `key: value`. */
export function parseObjectParameters(scanner: Scanner): readonly Parameter[] {
  scanner.expect("(");
  const parameters: Parameter[] = [];
  if (scanner.accept(")")) return parameters;
  do parameters.push(objectParameter(scanner));
  while (scanner.accept(","));
  scanner.expect(")");
  return parameters;
}

function objectParameter(scanner: Scanner): Parameter {
  const offset = scanner.here();
  const size = scanner.acceptNumber();
  if (size !== undefined) return sizeParameter(scanner, size, offset);
  const key = scanner.peekIdentifier() ?? "";
  const isKnown =
    key === "fill" || key === "init" || NUMBER_KEYS.includes(key) || FLAG_KEYS.includes(key);
  if (!isKnown) scanner.fail("a parameter");
  scanner.identifier();
  scanner.expect(":");
  return { key, value: objectValue(scanner, key), offset };
}

function sizeParameter(scanner: Scanner, size: number, offset: number): Parameter {
  if (scanner.acceptWord("k")) return { key: "size", value: size * 0x400, offset };
  if (scanner.acceptWord("M")) return { key: "size", value: size * 0x10_0000, offset };
  if (scanner.acceptWord("bits")) return { key: "bits", value: size, offset };
  return scanner.fail('"bits", "k" or "M"');
}

function objectValue(scanner: Scanner, key: string): ParameterValue {
  if (key === "fill") return fills(scanner);
  if (key === "init") return numbers(scanner);
  if (FLAG_KEYS.includes(key)) {
    if (scanner.acceptWord("True")) return true;
    if (scanner.acceptWord("False")) return false;
    scanner.fail("True or False");
  }
  return scanner.number();
}

function numbers(scanner: Scanner): readonly number[] {
  scanner.expect("[");
  const list: number[] = [];
  if (scanner.accept("]")) return list;
  do list.push(scanner.number());
  while (scanner.accept(","));
  scanner.expect("]");
  return list;
}

/** Fills are words up to a brace, with no space before it. */
function fills(scanner: Scanner): readonly RawFill[] {
  scanner.expect("[");
  const list: RawFill[] = [];
  if (scanner.accept("]")) return list;
  do {
    scanner.expect("{");
    const offset = scanner.here();
    const end = scanner.text.indexOf("}", offset);
    if (end < 0) throw new SyntaxFailure("fill without end", offset);
    const raw = scanner.text.slice(offset, end);
    if (raw !== raw.trimEnd()) throw new SyntaxFailure("space at the end of a fill", end);
    list.push({ words: raw.split(/\s+/), offset });
    scanner.position = end + 1;
  } while (scanner.accept(","));
  scanner.expect("]");
  return list;
}

/** Parameters of a capability; there must be one. */
export function parseCapParameters(
  scanner: Scanner,
  slotPair: () => SlotRefNode,
): readonly Parameter[] {
  scanner.expect("(");
  const parameters: Parameter[] = [];
  do parameters.push(capParameter(scanner, slotPair));
  while (scanner.accept(","));
  scanner.expect(")");
  return parameters;
}

function capParameter(scanner: Scanner, slotPair: () => SlotRefNode): Parameter {
  const offset = scanner.here();
  for (const key of ["cached", "uncached", "reply", "master_reply"]) {
    if (scanner.acceptWord(key)) return { key, value: undefined, offset };
  }
  for (const key of ["badge", "guard_size", "guard", "core"]) {
    if (scanner.acceptWord(key)) {
      scanner.expect(":");
      return { key, value: scanner.number(), offset };
    }
  }
  if (scanner.acceptWord("asid")) {
    scanner.expect(":");
    scanner.expect("(");
    const high = scanner.number();
    scanner.expect(",");
    const low = scanner.number();
    scanner.expect(")");
    return { key: "asid", value: [high, low], offset };
  }
  if (scanner.acceptWord("mapping")) {
    scanner.expect(":");
    return { key: "mapping", value: slotPair(), offset };
  }
  if (scanner.acceptWord("masked")) {
    scanner.expect(":");
    return { key: "masked", value: rights(scanner), offset };
  }
  return { key: "rights", value: rights(scanner), offset };
}

/** Letters of rights, spaces between them allowed; `X` is another letter for grant. */
function rights(scanner: Scanner): number {
  const letters: readonly [string, number][] = [
    ["W", 1],
    ["R", 2],
    ["G", 4],
    ["X", 4],
    ["P", 8],
  ];
  let value = 0;
  for (;;) {
    const found = letters.find(([letter]) => scanner.accept(letter));
    if (found === undefined) break;
    value |= found[1];
  }
  if (value === 0) scanner.fail("rights or a parameter");
  return value;
}
