import { encodeUtf8 } from "@cantrip/postcard";
import { withoutEnding } from "./builtin-archive.ts";

/** Bytes of a value (`KEY_VALUE_DATA_SIZE`). */
export const VALUE_BYTES = 100;
/** Keys of one bundle whose manifest says nothing. */
export const MAX_KEYS = 64;

/** How much a bundle may store. */
export interface KeyLimits {
  /** Keys; {@link MAX_KEYS} when absent. */
  readonly keys: number | undefined;
  /** Bytes of names and values, of which each value takes {@link VALUE_BYTES}; as many as there are when absent. */
  readonly bytes: number | undefined;
}

/**
 * Keys and values of the bundles; `hello` and `hello.app` are one bundle. Nothing is kept when the system stops.
 */
export class KeyStore {
  readonly #bundles = new Map<string, Map<string, Uint8Array>>();
  readonly #limits = new Map<string, KeyLimits>();

  /** The value, padded with zeros; `undefined` when the key is not there. */
  read(bundleId: string, key: string): Uint8Array | undefined {
    return this.#bundles.get(withoutEnding(bundleId))?.get(key);
  }

  /** Stores a value; says what is wrong when it cannot be stored. */
  write(
    bundleId: string,
    key: string,
    value: Uint8Array,
  ): "stored" | "value-too-long" | "too-many-keys" | "too-many-bytes" {
    if (value.length > VALUE_BYTES) return "value-too-long";
    const name = withoutEnding(bundleId);
    const keys = this.#bundles.get(name) ?? new Map<string, Uint8Array>();
    if (!keys.has(key)) {
      const limits = this.#limits.get(name);
      if (keys.size >= (limits?.keys ?? MAX_KEYS)) return "too-many-keys";
      if (limits?.bytes !== undefined && bytesOf([...keys.keys(), key]) > limits.bytes)
        return "too-many-bytes";
    }
    const padded = new Uint8Array(VALUE_BYTES);
    padded.set(value);
    keys.set(key, padded);
    this.#bundles.set(name, keys);
    return "stored";
  }

  /** Deletes a key; one that is not there is no error. */
  delete(bundleId: string, key: string): void {
    const name = withoutEnding(bundleId);
    const keys = this.#bundles.get(name);
    if (keys?.delete(key) === true && keys.size === 0) this.#bundles.delete(name);
  }

  /** Whether the bundle has keys. */
  has(bundleId: string): boolean {
    return this.#bundles.has(withoutEnding(bundleId));
  }

  /** Bundles that have keys. */
  get bundles(): number {
    return this.#bundles.size;
  }

  /** Keys of all bundles. */
  get size(): number {
    let size = 0;
    for (const keys of this.#bundles.values()) size += keys.size;
    return size;
  }

  /** Says how much a bundle may store from now on. What it has stored it keeps. */
  limit(bundleId: string, limits: KeyLimits): void {
    this.#limits.set(withoutEnding(bundleId), limits);
  }

  /** Forgets a bundle. */
  forget(bundleId: string): void {
    const name = withoutEnding(bundleId);
    this.#bundles.delete(name);
    this.#limits.delete(name);
  }
}

/** What keys take, with their values. */
function bytesOf(keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + encodeUtf8(key).length + VALUE_BYTES, 0);
}
