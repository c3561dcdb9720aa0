import { type Infer, option, rawBytesOwned, string, struct, u32, usize } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `MlCoordError` */
export const MlCoordError = {
  Success: 0,
  /** The model is damaged, not for this core, or needs more memory than the core has. */
  InvalidImage: 1,
  InvalidTimer: 2,
  LoadModelFailed: 3,
  NoModelSlotsLeft: 4,
  NoSuchModel: 5,
  /** The model has not run to its end since it was last started. */
  NoOutputHeader: 6,
  SerializeError: 7,
  DeserializeError: 8,
  UnknownError: 9,
} as const;
export type MlCoordError = (typeof MlCoordError)[keyof typeof MlCoordError];

/** Models that the coordinator knows at a time on Springbok: bits of the job mask. */
export const MAX_MODELS = 32;
/** Bytes of a model's output that the coordinator keeps. */
export const MAX_OUTPUT_DATA = 64;

/**
 * Return codes with which the coordinator reports a run that gave none of its own. The first two are those of Kelvin's
 * run-time; CantripOS reports nothing here, and waits for ever.
 */
export const MlRunFailure = {
  /** An illegal instruction, or one outside the text. */
  InstructionFault: 0x8000_0002,
  /** A load or store that no window permits. */
  DataFault: 0x8000_0010,
  /** The model asked the host for something, and the host offers nothing. */
  HostRequest: 0x8000_0020,
  /** The model could not be loaded when its turn came. */
  LoadFailed: 0x8000_0040,
} as const;
export type MlRunFailure = (typeof MlRunFailure)[keyof typeof MlRunFailure];

/** `MlOutput`: `jobnum` counts all runs from 0; `epc` is where the model trapped, if it says so. */
export const mlOutput = struct({
  jobnum: usize,
  returnCode: u32,
  epc: option(u32),
  data: rawBytesOwned(MAX_OUTPUT_DATA),
});
export type MlOutput = Infer<typeof mlOutput>;

const model = struct({ bundleId: string, modelId: string });

/** `MlCoordRequest` in message registers; completed jobs are signalled. */
export const mlCoordinatorInterface = defineInterface({
  name: "mlcoord",
  transport: "basic",
  requestSize: 100,
  requests: {
    CompletedJobs: { reply: struct({ jobMask: u32 }) },
    Oneshot: { payload: model },
    Periodic: { payload: struct({ bundleId: string, modelId: string, rateMs: u32 }) },
    Cancel: { payload: model },
    GetOutput: { payload: model, reply: struct({ output: mlOutput }) },
    DebugState: {},
    Capscan: {},
  },
  errors: MlCoordError,
  serializeFailed: MlCoordError.SerializeError,
  deserializeFailed: MlCoordError.DeserializeError,
  unknownError: MlCoordError.UnknownError,
});
