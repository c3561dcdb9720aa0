import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collections: what the first one finds out of use can hold what only the next one can take. */
const COLLECTIONS = 3;

/** Bytes of the host's heap and of its buffers that are in use, of this thread. Collects what is not. */
export function hostBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let times = 0; times < COLLECTIONS; times++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What requests leave in the host's heap. */
export class HeapWatch {
  #bytes = 0;
  #requests = 0;

  /** The requests so far were for warming up: code is compiled, and tables have their size. */
  begin(requests: number): void {
    this.#requests = requests;
    this.#bytes = hostBytes();
  }

  /**
   * Prints how much the heap has grown for each request since the beginning.
   *
   * @param requests - so far, with those for warming up
   * @param transcriptBytes - of texts that the test itself has collected since the beginning
   * @returns bytes for each request
   */
  end(name: string, requests: number, transcriptBytes: number): number {
    const count = requests - this.#requests;
    const bytes = hostBytes() - this.#bytes - transcriptBytes;
    const each = bytes / count;
    console.log(
      `${name}: the heap grew by ${bytes} bytes in ${count} requests, ${each.toFixed(1)} each`,
    );
    return each;
  }
}
