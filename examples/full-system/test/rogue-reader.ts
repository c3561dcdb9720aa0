import { type ComponentThread, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { uartReadInterface } from "@cantrip/interfaces/uart";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

const WORDS = 12;
/** Most bytes that a client reads at once. */
const MOST_READ = 4096;

/** Reads what is typed, with limits that make sense and with others, and throws at a number that cannot be. */
export class Reader {
  readonly #below: (limit: number) => number;
  readonly #report: FuzzReport;
  /** Bytes that it was told of. */
  bytes = 0;
  /** Requests that were answered. */
  reads = 0;

  constructor(below: (limit: number) => number, report: FuzzReport) {
    this.#below = below;
    this.#report = report;
  }

  /** One request, which may wait until something is typed. */
  *act(thread: ComponentThread): Task<void> {
    this.reads++;
    if (this.#below(5) === 0) {
      yield* this.#raw(thread);
      return;
    }
    const limits = [0, 1, 2, 7, 512, MOST_READ, MOST_READ + 1, 0xffff_ffff];
    const limit = limits[this.#below(limits.length)] ?? 0;
    try {
      const client = new RpcClient(thread, "uart_read", uartReadInterface);
      const { numRead } = yield* client.call("Read", limit);
      if (numRead > Math.min(limit, MOST_READ) || (numRead === 0) !== (limit === 0))
        throw new Error(`${numRead} bytes were read of at most ${limit}`);
      this.bytes += numRead;
      this.#report.succeeded();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#report.refused(error.errorName);
    }
  }

  *#raw({ sel4, birth }: ComponentThread): Task<void> {
    const first = this.#below(2) === 0 ? 0xffff_ffff : 16 + this.#below(100);
    const length = 1 + this.#below(WORDS);
    for (let index = 0; index < length; index++)
      sel4.setMessageRegister(index, index === 0 ? first : this.#below(2 ** 24));
    const endpoint = birth.clients["uart_read"]?.endpoint ?? 0;
    const info = yield* sel4.call(endpoint, messageInfo(this.#below(100), length));
    if (messageLabel(info) === 0) throw new Error("uart_read took a message that is none");
    this.#report.refused("raw message");
  }
}
