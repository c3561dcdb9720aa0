import { enumOf, type Infer, option, seq, string, struct, u8 } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";
import { faultRecord } from "../sdk-manager/index.ts";

/** `ProcessManagerError` */
export const ProcessManagerError = {
  Success: 0,
  BundleIdInvalid: 1,
  PackageBufferLenInvalid: 2,
  BundleNotFound: 3,
  BundleFound: 4,
  BundleRunning: 5,
  BundleNotRunning: 6,
  UnknownError: 7,
  DeserializeError: 8,
  SerializeError: 9,
  ObjCapInvalid: 10,
  InstallFailed: 11,
  UninstallFailed: 12,
  StartFailed: 13,
  StopFailed: 14,
  SuspendFailed: 15,
  ResumeFailed: 16,
  CapScanFailed: 17,
} as const;
export type ProcessManagerError = (typeof ProcessManagerError)[keyof typeof ProcessManagerError];

const bundleState = enumOf({ Stopped: null, Running: null, Exited: u8, Faulted: null });
/** `BundleState` */
export type BundleState = Infer<typeof bundleState>;

/** `ProcessControlRequest` in message registers. What follows `CapScanBundle` is not CantripOS's. */
export const processControlInterface = defineInterface({
  name: "proc_ctrl",
  transport: "basic",
  requestSize: 128,
  requests: {
    Start: { payload: string },
    Stop: { payload: string },
    GetRunningBundles: { reply: struct({ bundleIds: seq(string) }) },
    GetBundleState: { payload: string, reply: struct({ bundleState }) },
    CapScan: {},
    CapScanBundle: { payload: string },
    /** The fault of a bundle whose state is `Faulted`. */
    GetBundleFault: { payload: string, reply: struct({ fault: option(faultRecord) }) },
  },
  errors: ProcessManagerError,
  serializeFailed: ProcessManagerError.SerializeError,
  deserializeFailed: ProcessManagerError.DeserializeError,
  unknownError: ProcessManagerError.UnknownError,
});
