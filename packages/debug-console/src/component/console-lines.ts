import { type ComponentThread, Dataport, type Mutex, RpcClient } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import {
  UART_DATAPORT_BYTES,
  uartReadInterface,
  uartWriteInterface,
} from "@cantrip/interfaces/uart";
import { LogRing } from "../log-ring.ts";
import type { ShellOutput } from "../shell.ts";

/** Bytes taken from the driver at a time: what is typed ahead of a command stays with the driver. */
const READ_BYTES = 1;

/**
 * What is printed, of shell and log: one after the other, in the order in which it comes.
 *
 * The shell waits until the UART's driver has taken what it writes. The log waits for nobody: what the driver has no room for
 * goes into a ring, and is written before whatever the shell writes next.
 */
export class ConsoleOutput {
  /** Held while bytes are on their way to the driver. */
  readonly mutex: Mutex;
  readonly ring: LogRing = new LogRing();

  constructor(mutex: Mutex) {
    this.mutex = mutex;
  }
}

/** Writes to the UART for one thread. Lines and pieces of different threads do not mix: each is whole. */
export class ConsoleWriter implements ShellOutput {
  readonly #sel4: ComponentThread["sel4"];
  readonly #output: ConsoleOutput;
  readonly #client: RpcClient<typeof uartWriteInterface>;
  readonly #port: Dataport;

  constructor(thread: ComponentThread, output: ConsoleOutput) {
    this.#sel4 = thread.sel4;
    this.#output = output;
    this.#client = new RpcClient(thread, "uart_write", uartWriteInterface);
    this.#port = new Dataport(thread, "tx_dataport");
  }

  /** Writes a text behind everything that was logged before it. */
  *write(text: string): Task<void> {
    const bytes = bytesOf(text);
    const { mutex, ring } = this.#output;
    yield* mutex.lock(this.#sel4);
    try {
      for (const end = ring.end; ring.shifted < end;) yield* this.#drain();
      for (let at = 0; at < bytes.length;) at += yield* this.#send(bytes.subarray(at));
    } finally {
      yield* mutex.unlock(this.#sel4);
    }
  }

  /** Writes a line as far as the driver has room for it now, and keeps the rest. */
  *log(line: string): Task<void> {
    const { ring } = this.#output;
    const isFirst = ring.isEmpty;
    ring.push(bytesOf(line));
    // Only the log fills the ring: this is the one line in it.
    if (isFirst) yield* this.#tryDrain();
  }

  /** Writes more of what was logged, if the shell is not writing. */
  *drain(): Task<void> {
    if (!(yield* this.#tryDrain())) yield* this.#sel4.yield();
  }

  /** Writes what is next in the ring; `false` while the shell is writing. */
  *#tryDrain(): Task<boolean> {
    const { mutex } = this.#output;
    if (!mutex.tryLock(this.#sel4)) return false;
    try {
      yield* this.#drain();
    } finally {
      yield* mutex.unlock(this.#sel4);
    }
    return true;
  }

  *#drain(): Task<void> {
    const { ring } = this.#output;
    const line = ring.peek();
    if (line !== undefined) ring.consume(yield* this.#send(line));
  }

  /** Gives the driver bytes. @returns how many it took */
  *#send(bytes: Uint8Array): Task<number> {
    const piece = bytes.subarray(0, UART_DATAPORT_BYTES);
    this.#port.write(0, piece);
    const { numWritten } = yield* this.#client.call("Write", piece.length);
    return numWritten;
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
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
