import { type Contestant } from "./walk.ts";

const POOL_BYTES = 0x8000;
/** Up to here an array of its own is made faster than a view of the pool. */
const SMALL = 64;

let pool = new Uint8Array(0);
let used = 0;

/** A copy in the fastest way that we know; large ones are views of a pool, as Node's are. */
function copied(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length < SMALL) return Uint8Array.prototype.slice.call(bytes);
  if (used + length > pool.length) {
    pool = new Uint8Array(POOL_BYTES);
    used = 0;
  }
  const at = used;
  used += length;
  pool.set(bytes, at);
  return pool.subarray(at, used);
}

/**
 * The contestant with owned results. Some peers return a view of a buffer that their next message overwrites, and some
 * decode bytes as views of the message: what the caller would have to copy to keep is copied.
 */
export function owned(contestant: Contestant, bytes: Uint8Array): Contestant {
  const { encode, decode } = contestant;
  const [first, second] = [encode(), encode()];
  const isOverwritten = first.buffer === second.buffer && first.byteOffset === second.byteOffset;
  const path = pathOfView(decode(), bytes.buffer);
  return {
    ...contestant,
    encode: isOverwritten ? () => copied(encode()) : encode,
    decode: path === undefined ? decode : copyingAt(decode, path),
  };
}

type Parts = Record<string, unknown>;

/** Where `value` has a view of `buffer`; the messages have bytes at most once. */
function pathOfView(value: unknown, buffer: ArrayBufferLike): readonly string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value)) return value.buffer === buffer ? [] : undefined;
  for (const [name, part] of Object.entries(value)) {
    const rest = pathOfView(part, buffer);
    if (rest !== undefined) return [name, ...rest];
  }
  return undefined;
}

function copyingAt(decode: () => unknown, path: readonly string[]): () => unknown {
  const [first, second] = path;
  if (first === undefined || path.length > 2) throw new Error(`bytes at ${path.join(".")}`);
  if (second === undefined) {
    return () => {
      const value = decode() as Parts;
      value[first] = copied(value[first] as Uint8Array);
      return value;
    };
  }
  return () => {
    const inner = (decode() as Record<string, Parts>)[first] ?? {};
    inner[second] = copied(inner[second] as Uint8Array);
    return inner;
  };
}
