/** Numbers for identifiers: equal ones get equal numbers, in the order in which they are first seen. */
export class NameTable {
  /** Identifiers by number. */
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** @param words - identifiers that get the first numbers */
  constructor(words: readonly string[]) {
    for (const word of words) this.number(word);
  }

  /** Number of an identifier, or -1 if it was never seen. */
  find(name: string): number {
    return this.#numbers.get(name) ?? -1;
  }

  /** Number of an identifier, a new one if it was never seen. */
  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const added = this.names.length;
    this.names.push(name);
    this.#numbers.set(name, added);
    return added;
  }
}
