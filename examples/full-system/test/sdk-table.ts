import { type SdkRequest, SdkRuntimeError } from "@cantrip/interfaces/sdk";

/** A request as it stands in the page, and what it is answered: all of it in hexadecimal digits. */
export interface SdkExchange {
  readonly request: keyof typeof SdkRequest;
  readonly bytes: string;
  readonly reply?: string;
  readonly error?: SdkRuntimeError;
}

const VALUE = Array.from({ length: 100 }, (_, index) => hex8(index)).join("");
const DATA = Array.from({ length: 64 }, (_, index) => hex8(0x40 + (index % 32))).join("");
const MODEL = "016d";
const MODEL_ID = "1f000000";

/**
 * Every request of the SDK, with CantripOS's bytes (postcard 0.7, section 9 of its description). Whatever library a program
 * has, these are the bytes when it makes them in this order and passes on what it is told.
 */
export const SDK_EXCHANGES: readonly SdkExchange[] = [
  { request: "Ping", bytes: "" },
  { request: "Log", bytes: "026869" },
  { request: "ReadKey", bytes: "03666f6f", reply: `64${VALUE}` },
  { request: "WriteKey", bytes: `03666f6f64${VALUE}` },
  { request: "WriteKey", bytes: "03666f6f03313233" },
  { request: "DeleteKey", bytes: "03666f6f" },
  { request: "OneshotTimer", bytes: "0000000064000000" },
  { request: "PeriodicTimer", bytes: "010000004b000000" },
  { request: "WaitForTimers", bytes: "", reply: "44332211" },
  { request: "CancelTimer", bytes: "44332211" },
  { request: "PollForTimers", bytes: "", reply: "887766f5" },
  { request: "CancelTimer", bytes: "887766f5" },
  { request: "OneshotModel", bytes: MODEL, reply: MODEL_ID },
  { request: "WaitForModel", bytes: "", reply: "00000080" },
  { request: "CancelTimer", bytes: "00000080" },
  { request: "PollForModels", bytes: "", reply: "01000080" },
  { request: "CancelTimer", bytes: "01000080" },
  ...output("05000000", "11000000", "00", "00000000"),
  ...output("06000000", "12000000", "01efbeadde", "efbeadde"),
  { request: "PeriodicModel", bytes: `${MODEL}e8030000`, reply: "1e000000" },
  { request: "CancelModel", bytes: "1e000000" },
  { request: "Ping", bytes: "", error: SdkRuntimeError.SDKInvalidBadge },
  { request: "Log", bytes: "0a726566757365643a2033" },
  { request: "Exit", bytes: "07" },
];

/** The output of a model, and the requests that pass it on. */
function output(jobnum: string, code: string, epc: string, passedOn: string): SdkExchange[] {
  return [
    { request: "GetModelOutput", bytes: MODEL_ID, reply: `${jobnum}00000000${code}${epc}${DATA}` },
    { request: "OneshotTimer", bytes: jobnum + code },
    { request: "CancelTimer", bytes: passedOn },
    { request: "Log", bytes: `40${DATA}` },
  ];
}

function hex8(value: number): string {
  return value.toString(16).padStart(2, "0");
}
