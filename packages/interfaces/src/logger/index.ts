import { string, struct, u8 } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `LoggerError` */
export const LoggerError = {
  Success: 0,
  SerializeFailed: 1,
  DeserializeFailed: 2,
  LogFailed: 3,
  UnknownError: 4,
} as const;
export type LoggerError = (typeof LoggerError)[keyof typeof LoggerError];

/** Levels of the Rust `log` crate. */
export const LogLevel = { Off: 0, Error: 1, Warn: 2, Info: 3, Debug: 4, Trace: 5 } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** Bytes of a message that the console decodes: the request half less discriminant, level and length. */
export const MAX_LOG_BYTES = 2044;

/** `LoggerRequest` over a shared page. */
export const loggerInterface = defineInterface({
  name: "logger",
  transport: "shared",
  requestSize: 2048,
  requests: { Log: { payload: struct({ level: u8, msg: string }) } },
  errors: LoggerError,
  serializeFailed: LoggerError.SerializeFailed,
  deserializeFailed: LoggerError.DeserializeFailed,
  unknownError: LoggerError.UnknownError,
});
