import type { ComponentType } from "@cantrip/assembly";
import { componentTypes } from "@cantrip/assembly/cantrip";
import { type ComponentDefinition, RpcClient, serve } from "@cantrip/camkes-rpc";
import type { Task, UserContext } from "@cantrip/hosted";
import { loggerInterface } from "@cantrip/interfaces/logger";
import { uartWriteInterface } from "@cantrip/interfaces/uart";

/** Says whether the UART takes anything. */
export interface Flow {
  isStuck: boolean;
  /** Bytes that it takes at a time. */
  readonly pieceBytes?: number;
}

/** What the driver's threads share, as far as the test needs it. */
interface DriverState {
  readonly uart: {
    readonly transmitBuffer: { readonly space: number; push(byte: number): void };
    fillTransmitFifo(context: UserContext): void;
  };
}

function programOf(type: ComponentType): ComponentDefinition<unknown> {
  return type.program as ComponentDefinition<unknown>;
}

/** The driver of a UART that can be full for as long as a test wants. */
export function stickingUartDriver(flow: Flow): ComponentType {
  const program = programOf(componentTypes.uartDriver);
  return {
    ...componentTypes.uartDriver,
    program: {
      ...program,
      threads: {
        ...program.threads,
        write: {
          *run(thread, state): Task<void> {
            const { uart } = state as DriverState;
            const port = thread.birth.dataports["tx_dataport"]?.address ?? 0;
            const nothing = function* (): Task<undefined> {
              yield* [];
              return undefined;
            };
            yield* serve(thread, "write", uartWriteInterface, {
              *Write(available) {
                const room = flow.isStuck ? 0 : uart.transmitBuffer.space;
                const bytes = new Uint8Array(
                  Math.min(available, room, flow.pieceBytes ?? available),
                );
                thread.context.copyIn(port, bytes);
                for (const byte of bytes) uart.transmitBuffer.push(byte);
                uart.fillTransmitFifo(thread.context);
                if (bytes.length === 0) yield* thread.sel4.yield();
                return { numWritten: bytes.length };
              },
              Flush: nothing,
            });
          },
        },
      },
    },
  };
}

/** A mutant: the console answers a record when the UART has taken it, as the original does. */
export function waitingConsole(): ComponentType {
  const program = programOf(componentTypes.debugConsole);
  return {
    ...componentTypes.debugConsole,
    program: {
      ...program,
      threads: {
        ...program.threads,
        logger: {
          *run(thread): Task<void> {
            const uart = new RpcClient(thread, "uart_write", uartWriteInterface);
            const port = thread.birth.dataports["tx_dataport"]?.address ?? 0;
            yield* serve(thread, "logger", loggerInterface, {
              *Log({ msg }) {
                const bytes = new TextEncoder().encode(`${msg}\n`);
                for (let at = 0; at < bytes.length;) {
                  thread.context.copyOut(port, bytes.subarray(at));
                  at += (yield* uart.call("Write", bytes.length - at)).numWritten;
                }
                return undefined;
              },
            });
          },
        },
      },
    },
  };
}
