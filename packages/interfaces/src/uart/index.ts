import { struct, usize } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `UartDriverError` */
export const UartDriverError = {
  Success: 0,
  SerializeFailed: 1,
  DeserializeFailed: 2,
  BadLimit: 3,
  UnknownError: 4,
  ReadFailed: 5,
  WriteFailed: 6,
  FlushFailed: 7,
} as const;
export type UartDriverError = (typeof UartDriverError)[keyof typeof UartDriverError];

/** Bytes of each dataport. */
export const UART_DATAPORT_BYTES = 4096;

const shared = {
  errors: UartDriverError,
  serializeFailed: UartDriverError.SerializeFailed,
  deserializeFailed: UartDriverError.DeserializeFailed,
  unknownError: UartDriverError.UnknownError,
} as const;

/** `ReadRequest`: waits for at least one byte; the data is in the receive dataport. */
export const uartReadInterface = defineInterface({
  name: "uart_read",
  transport: "basic",
  requestSize: 24,
  requests: { Read: { payload: usize, reply: struct({ numRead: usize }) } },
  ...shared,
});

/** `WriteRequest`: the data is in the transmit dataport; a write may be short. */
export const uartWriteInterface = defineInterface({
  name: "uart_write",
  transport: "basic",
  requestSize: 24,
  requests: { Write: { payload: usize, reply: struct({ numWritten: usize }) }, Flush: {} },
  ...shared,
});
