const VALUE_BYTES = 100;

/** The keys of the original's fake coordinator: as many as anybody likes, and a panic at a long value. */
export class OriginalKeyStore {
  readonly #bundles = new Map<string, Map<string, Uint8Array>>();

  write(bundleId: string, key: string, value: Uint8Array): string {
    if (value.length > VALUE_BYTES)
      throw new Error(`range end index ${value.length} out of range for slice of length 100`);
    const keys = this.#bundles.get(bundleId) ?? new Map<string, Uint8Array>();
    const padded = new Uint8Array(VALUE_BYTES);
    padded.set(value);
    this.#bundles.set(bundleId, keys.set(key, padded));
    return "stored";
  }

  get size(): number {
    return [...this.#bundles.values()].reduce((sum, keys) => sum + keys.size, 0);
  }
}
