import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";

/** What of a snapshot is read here. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  /** Records of as many numbers as there are fields. */
  readonly nodes: readonly number[];
}

/** Nodes of these types are not the program's: code comes and goes as the compiler sees fit. */
const ENGINE = new Set(["code", "hidden", "synthetic", "object shape"]);

/**
 * Bytes of the objects of this thread that can be reached, with strings and buffers, and without code. It takes seconds:
 * the whole heap is written to a file and read again.
 */
function liveBytes(): number {
  const folder = mkdtempSync(join(tmpdir(), "heap-"));
  try {
    const text = readFileSync(writeHeapSnapshot(join(folder, "heap.heapsnapshot")), "utf8");
    return bytesOf(JSON.parse(text) as Snapshot);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesOf({ snapshot, nodes }: Snapshot): number {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, sizeAt] = [fields.indexOf("type"), fields.indexOf("self_size")];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    const type = types[0][nodes[node + typeAt] ?? 0] ?? "";
    if (!ENGINE.has(type)) bytes += nodes[node + sizeAt] ?? 0;
  }
  return bytes;
}

/**
 * What requests leave in the host's heap. Begin when there were enough of them for tables and caches to have their size.
 */
export class HeapWatch {
  readonly #name: string;
  /** Requests so far. */
  readonly #requests: () => number;
  /** A text that the test itself collects, which does not count. */
  readonly #collected: () => string;
  #bytes = 0;
  #begin = 0;

  constructor(name: string, requests: () => number, collected: () => string = () => "") {
    this.#name = name;
    this.#requests = requests;
    this.#collected = collected;
  }

  begin(): void {
    this.#begin = this.#requests();
    this.#bytes = this.#bytesNow();
  }

  /** Prints how much the heap has grown since the beginning, and returns bytes for each request. */
  end(): number {
    const requests = this.#requests() - this.#begin;
    const bytes = this.#bytesNow() - this.#bytes;
    const each = bytes / requests;
    console.log(
      `${this.#name}: ${bytes} bytes kept of ${requests} requests, ${each.toFixed(1)} each`,
    );
    return each;
  }

  #bytesNow(): number {
    const text = this.#collected();
    // A search makes one piece of a text of many.
    const isIn = text.includes("\u{10ffff}");
    return liveBytes() - (isIn ? 0 : text.length);
  }
}
