import {
  type ComponentDefinition,
  type ComponentRuntime,
  type ComponentThread,
  Dataport,
  RpcFailure,
  serve,
  serveInterrupts,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { UartInterrupt } from "@cantrip/hw-riscv/registers";
import {
  UART_DATAPORT_BYTES,
  UartDriverError,
  uartReadInterface,
  uartWriteInterface,
} from "@cantrip/interfaces/uart";
import { Uart } from "../uart.ts";

/** What the driver's threads share. */
export interface UartDriverState {
  readonly uart: Uart;
  /** The read thread waits for `rx_nonempty`. */
  isReaderWaiting: boolean;
}

function* transmitInterrupts(thread: ComponentThread, { uart }: UartDriverState): Task<void> {
  const refill = function* (interrupt: number): Task<boolean> {
    uart.clearInterrupt(thread.context, interrupt);
    uart.fillTransmitFifo(thread.context);
    return true;
  };
  yield* serveInterrupts(thread, "irq", {
    tx_watermark: () => refill(UartInterrupt.TX_WATERMARK),
    tx_empty: () => refill(UartInterrupt.TX_EMPTY),
  });
}

function* receiveInterrupts(thread: ComponentThread, state: UartDriverState): Task<void> {
  const nonempty = thread.runtime.semaphore("rx_nonempty");
  yield* serveInterrupts(thread, "rx_watermark", {
    *rx_watermark() {
      state.uart.clearInterrupt(thread.context, UartInterrupt.RX_WATERMARK);
      const hasAny = state.uart.drainReceiveFifo(thread.context);
      if (hasAny && state.isReaderWaiting) {
        state.isReaderWaiting = false;
        yield* nonempty.post(thread.sel4);
      }
      return true;
    },
  });
}

function* serveRead(thread: ComponentThread, state: UartDriverState): Task<void> {
  const port = new Dataport(thread, "rx_dataport");
  const nonempty = thread.runtime.semaphore("rx_nonempty");
  yield* serve(thread, "read", uartReadInterface, {
    *Read(limit) {
      if (limit > UART_DATAPORT_BYTES) throw new RpcFailure(UartDriverError.BadLimit);
      const { receiveBuffer } = state.uart;
      while (receiveBuffer.size === 0 && limit > 0) {
        state.isReaderWaiting = true;
        yield* nonempty.wait(thread.sel4);
      }
      const bytes: number[] = [];
      while (bytes.length < limit) {
        const byte = receiveBuffer.shift();
        if (byte === undefined) break;
        bytes.push(byte);
      }
      port.write(0, Uint8Array.from(bytes));
      return { numRead: bytes.length };
    },
  });
}

function* serveWrite(thread: ComponentThread, { uart }: UartDriverState): Task<void> {
  const port = new Dataport(thread, "tx_dataport");
  yield* serve(thread, "write", uartWriteInterface, {
    *Write(available) {
      if (available > UART_DATAPORT_BYTES) throw new RpcFailure(UartDriverError.BadLimit);
      const bytes = new Uint8Array(Math.min(available, uart.transmitBuffer.space));
      port.read(0, bytes);
      for (const byte of bytes) uart.transmitBuffer.push(byte);
      uart.fillTransmitFifo(thread.context);
      // A client that finds the buffer full tries again; others run meanwhile.
      if (bytes.length === 0 && available > 0) yield* thread.sel4.yield();
      return { numWritten: bytes.length };
    },
    *Flush() {
      while (uart.transmitBuffer.size > 0) yield* thread.sel4.yield();
      return undefined;
    },
  });
}

/** `UARTDriver`: the OpenTitan UART behind the interfaces `read` and `write`. */
export const uartDriverComponent: ComponentDefinition<UartDriverState> = {
  name: "UARTDriver",
  create(runtime: ComponentRuntime) {
    const base = runtime.birth.dataports["mmio_region"]?.address;
    if (base === undefined)
      throw new RangeError(`${runtime.birth.name} has no dataport "mmio_region"`);
    return { uart: new Uart(base), isReaderWaiting: false };
  },
  threads: {
    control: {
      *preInit(thread, { uart }) {
        uart.setUp(thread.context);
      },
      run: transmitInterrupts,
    },
    rx_watermark: { run: receiveInterrupts },
    read: { run: serveRead },
    write: { run: serveWrite },
  },
};
