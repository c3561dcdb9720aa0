import { defineInterface } from "@cantrip/interfaces";
import { string, u32 } from "@cantrip/postcard";

const errors = { Success: 0, BadMessage: 16, UnknownError: 17, Busy: 18 } as const;
const common = {
  errors,
  serializeFailed: errors.BadMessage,
  deserializeFailed: errors.BadMessage,
  unknownError: errors.UnknownError,
} as const;

/** Asks a worker for squares: it signals when they are in its dataport. */
export const workInterface = defineInterface({
  ...common,
  name: "work",
  transport: "basic",
  requestSize: 16,
  requests: { Squares: { payload: u32 } },
});

/** Prints a line. The text travels in a page. */
export const printInterface = defineInterface({
  ...common,
  name: "print",
  transport: "shared",
  requestSize: 2048,
  requests: { Line: { payload: string } },
});
