import { type Scanner } from "./scanner.ts";
import { Char } from "./words.ts";

/** Indices of an array in brackets; both ends optional. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A name, maybe with indices. */
export interface NameRef {
  /** Number of the identifier. */
  readonly base: number;
  /** `undefined` without brackets, empty for `[]`. */
  readonly ranges: readonly Range[] | undefined;
  readonly offset: number;
}

/** `(container, slot)`, or the name of a capability. */
export type SlotRefNode =
  { readonly container: NameRef; readonly slot: number } | { readonly capName: NameRef };

/** Reads what follows a name in brackets, if anything does. */
export function parseRanges(scanner: Scanner): readonly Range[] | undefined {
  if (!scanner.accept(Char.openBracket)) return undefined;
  if (scanner.accept(Char.closeBracket)) return [];
  const ranges: Range[] = [];
  do ranges.push(parseRange(scanner));
  while (scanner.accept(Char.comma));
  scanner.expect(Char.closeBracket);
  return ranges;
}

function parseRange(scanner: Scanner): Range {
  if (scanner.acceptText("..")) return { from: undefined, to: scanner.small("index") };
  const from = scanner.small("index");
  if (!scanner.acceptText("..")) return { from, to: from };
  return { from, to: scanner.isNumberNext() ? scanner.small("index") : undefined };
}

export function parseNameRef(scanner: Scanner): NameRef {
  const offset = scanner.here();
  const base = scanner.identifier();
  return { base, ranges: parseRanges(scanner), offset };
}

/** A reference as it was written. */
export function refText(scanner: Scanner, { base, ranges }: NameRef): string {
  const name = scanner.names[base] ?? "";
  if (ranges === undefined) return name;
  const inside = ranges.map(({ from, to }) =>
    from === to ? `${from ?? ""}` : `${from ?? ""}..${to ?? ""}`,
  );
  return `${name}[${inside.join(", ")}]`;
}

/** The most elements that one reference may stand for, so that a slip of the pen does not fill memory. */
export const MAX_ELEMENTS = 1_000_000;

/**
 * Indices that a reference stands for.
 *
 * @param count - elements of the array
 * @returns `undefined` when there are too many
 */
export function expandRanges(
  ranges: readonly Range[],
  count: number,
): readonly number[] | undefined {
  if (ranges.length === 0) return Array.from({ length: count }, (_, index) => index);
  const indices: number[] = [];
  for (const range of ranges) {
    const from = range.from ?? 0;
    const to = range.to ?? count - 1;
    if (Math.abs(to - from) + indices.length > MAX_ELEMENTS) return undefined;
    if (from <= to) for (let index = from; index <= to; index++) indices.push(index);
    // `9..` of four elements is nothing; `9..3` goes down.
    else if (range.to !== undefined)
      for (let index = from; index >= to; index--) indices.push(index);
  }
  return indices;
}
