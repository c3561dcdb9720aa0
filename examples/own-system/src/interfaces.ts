import { defineInterface } from "@cantrip/interfaces";
import { struct, u16, u32 } from "@cantrip/postcard";

/**
 * Error codes of the filter; `c/filter.c` has the same. Below 16 are the kernel's, with which a call ends that reaches
 * nobody.
 */
const errors = {
  Success: 0,
  DeserializeFailed: 16,
  SerializeFailed: 17,
  UnknownError: 18,
  NoSamples: 19,
} as const;

const filter = {
  transport: "basic",
  requestSize: 16,
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
} as const;

/** What the sensor tells the filter. */
export const samplesInterface = defineInterface({
  ...filter,
  name: "samples",
  requests: { Add: { payload: u16 } },
});

/** What the printer asks the filter: how many samples came so far, and the mean of the last eight. */
export const averageInterface = defineInterface({
  ...filter,
  name: "average",
  requests: { Get: { reply: struct({ count: u32, mean: u16 }) } },
});
