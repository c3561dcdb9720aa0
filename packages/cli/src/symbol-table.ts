import { type ElfSymbol, SymbolType } from "@cantrip/elf";

/** Names of addresses. */
export class SymbolTable {
  readonly #addresses: readonly number[];
  readonly #names: ReadonlyMap<number, string>;

  constructor(symbols: readonly ElfSymbol[]) {
    const names = new Map<number, string>();
    for (const { name, value, type, sectionIndex } of symbols) {
      const isPlace =
        type === SymbolType.Function || type === SymbolType.NoType || type === SymbolType.Object;
      // Names that begin with a dollar sign tell code from data.
      if (!isPlace || sectionIndex === 0 || name === "" || name.startsWith("$")) continue;
      // A function's name wins over a label's.
      if (!names.has(value) || type === SymbolType.Function) names.set(value, name);
    }
    this.#names = names;
    this.#addresses = [...names.keys()].sort((a, b) => a - b);
  }

  /** The name of exactly this address. */
  at(address: number): string | undefined {
    return this.#names.get(address);
  }

  /** A name at or before an address, and the distance: `main+0x10`. */
  place(address: number): string | undefined {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[middle] ?? Infinity) <= address) low = middle + 1;
      else high = middle;
    }
    const start = this.#addresses[low - 1];
    if (start === undefined) return undefined;
    const distance = address - start;
    const name = this.#names.get(start) ?? "";
    return distance === 0 ? name : `${name}+0x${distance.toString(16)}`;
  }
}
