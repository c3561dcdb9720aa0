import { LineIndex } from "./diagnostics.ts";

/** Where the parts of a model are in its text. */
export interface SpecPositions {
  /** Offset of an object's declaration. */
  object(name: string): number | undefined;
  /** Offset of what fills a slot. */
  slot(container: string, slot: number): number | undefined;
  /** Line and column, from 1, of an offset. */
  place(offset: number): { readonly line: number; readonly column: number };
}

/** Collects them while parsing. */
export class PositionRecorder implements SpecPositions {
  readonly #lines: LineIndex;
  readonly #objects = new Map<string, number>();
  readonly #slots = new Map<string, Map<number, number>>();

  constructor(text: string) {
    this.#lines = new LineIndex(text);
  }

  recordObject(name: string, offset: number): void {
    this.#objects.set(name, offset);
  }

  recordSlot(container: string, slot: number, offset: number): void {
    const slots = this.#slots.get(container);
    if (slots === undefined) this.#slots.set(container, new Map([[slot, offset]]));
    else if (!slots.has(slot)) slots.set(slot, offset);
  }

  object(name: string): number | undefined {
    return this.#objects.get(name);
  }

  slot(container: string, slot: number): number | undefined {
    return this.#slots.get(container)?.get(slot);
  }

  place(offset: number): { readonly line: number; readonly column: number } {
    return this.#lines.place(offset);
  }
}
