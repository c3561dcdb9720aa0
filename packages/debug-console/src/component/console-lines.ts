import { type ComponentThread, Dataport, type Mutex, RpcClient } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  UART_DATAPORT_BYTES,
  uartReadInterface,
  uartWriteInterface,
} from "@cantrip/interfaces/uart";
import type { ShellOutput } from "../shell.ts";

/** Bytes taken from the driver at a time: what is typed ahead of a command stays with the driver. */
const READ_BYTES = 1;

/** Writes to the UART for one thread. Pieces of different threads do not mix: each write is whole. */
export class ConsoleWriter implements ShellOutput {
  readonly #thread: ComponentThread;
  readonly #mutex: Mutex;
  readonly #client: RpcClient<typeof uartWriteInterface>;
  readonly #port: Dataport;

  constructor(thread: ComponentThread, mutex: Mutex) {
    this.#thread = thread;
    this.#mutex = mutex;
    this.#client = new RpcClient(thread, "uart_write", uartWriteInterface);
    this.#port = new Dataport(thread, "tx_dataport");
  }

  *write(text: string): Task<void> {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
    yield* this.#mutex.lock(this.#thread.sel4);
    try {
      for (let at = 0; at < bytes.length;) {
        const piece = bytes.subarray(at, at + UART_DATAPORT_BYTES);
        this.#port.write(0, piece);
        const { numWritten } = yield* this.#client.call("Write", piece.length);
        at += numWritten;
      }
    } finally {
      yield* this.#mutex.unlock(this.#thread.sel4);
    }
  }
}

/** Reads from the UART. */
export class ConsoleReader {
  readonly #client: RpcClient<typeof uartReadInterface>;
  readonly #port: Dataport;

  constructor(thread: ComponentThread) {
    this.#client = new RpcClient(thread, "uart_read", uartReadInterface);
    this.#port = new Dataport(thread, "rx_dataport");
  }

  /** Waits for a byte. */
  *read(): Task<number> {
    for (;;) {
      const { numRead } = yield* this.#client.call("Read", READ_BYTES);
      if (numRead > 0) return this.#port.load8(0);
    }
  }
}
