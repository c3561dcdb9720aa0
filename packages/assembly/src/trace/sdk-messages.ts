import {
  exitRequest,
  keyRequest,
  logRequest,
  modelIdRequest,
  modelOneshotRequest,
  modelOutputResponse,
  modelPeriodicRequest,
  modelStartResponse,
  modelWaitResponse,
  readKeyResponse,
  SDK_REQUEST_BYTES,
  SdkRequest,
  SdkRuntimeError,
  timerCancelRequest,
  timerStartRequest,
  timerWaitResponse,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { type AnySchema, codec } from "@cantrip/postcard";
import { CapType, type Tcb } from "@cantrip/sel4-kernel";
import { messageExtraCaps, messageLabel } from "@cantrip/sel4-sys";
import type { SystemDescription } from "../description.ts";
import { formatPayload, hexBytes } from "./format-value.ts";
import type { ThreadMemory } from "./thread-memory.ts";

const INFO_REGISTER = 11;
const PARAMS_BYTES = 4096;
const SHOWN_BYTES = 24;
const format = { format: "0.7" } as const;

type RequestName = keyof typeof SdkRequest;

/** Contents of the page that comes with a request; `undefined` where there is nothing in it. */
const REQUESTS: Readonly<Record<RequestName, AnySchema | undefined>> = {
  Ping: undefined,
  Log: logRequest,
  ReadKey: keyRequest,
  WriteKey: writeKeyRequest,
  DeleteKey: keyRequest,
  OneshotTimer: timerStartRequest,
  PeriodicTimer: timerStartRequest,
  CancelTimer: timerCancelRequest,
  WaitForTimers: undefined,
  PollForTimers: undefined,
  OneshotModel: modelOneshotRequest,
  PeriodicModel: modelPeriodicRequest,
  CancelModel: modelIdRequest,
  WaitForModel: undefined,
  PollForModels: undefined,
  GetModelOutput: modelIdRequest,
  Exit: exitRequest,
};
/** What its second half holds when the request was answered without an error. */
const REPLIES: Readonly<Partial<Record<RequestName, AnySchema>>> = {
  ReadKey: readKeyResponse,
  WaitForTimers: timerWaitResponse,
  PollForTimers: timerWaitResponse,
  OneshotModel: modelStartResponse,
  PeriodicModel: modelStartResponse,
  WaitForModel: modelWaitResponse,
  PollForModels: modelWaitResponse,
  GetModelOutput: modelOutputResponse,
};

/** A request of an application, in a page that it lends. */
interface SdkMessage {
  readonly name: string;
  readonly text: string;
  readonly request: RequestName;
  /** Physical address of the lent page. */
  readonly page: number;
}

/** Whether a system has somebody whom applications ask: a component that provides `sdk_manager`. */
export function servesApplications(description: SystemDescription | undefined): boolean {
  return Object.values(description?.components ?? {}).some(({ type }) =>
    (type.provides ?? []).some((end) => type.interfaces?.[end] === sdkManagerInterface),
  );
}

/** The request that a thread sends, when its label and its first capability are those of one. */
export function readSdkRequest(sender: Tcb, memory: ThreadMemory): SdkMessage | undefined {
  const info = (sender.context[INFO_REGISTER] ?? 0) >>> 0;
  const request = nameOf(SdkRequest, messageLabel(info));
  if (request === undefined || messageExtraCaps(info) === 0) return undefined;
  const cap = memory.slot(sender, memory.extraCap(sender, 0))?.cap;
  if (cap?.type !== CapType.Frame || cap.isDevice) return undefined;
  const name = `sdk.${request}`;
  const schema = REQUESTS[request];
  const text = schema === undefined ? name : name + contents(memory, cap.paddr, 0, schema);
  return { name, text, request, page: cap.paddr };
}

/** The answer to a request. */
export function sdkReplyText(sent: SdkMessage, code: number, memory: ThreadMemory): string {
  const error = nameOf(SdkRuntimeError, code) ?? `error ${code}`;
  const schema = REPLIES[sent.request];
  if (code !== SdkRuntimeError.SDKSuccess || schema === undefined)
    return `${sent.name} -> ${error}`;
  const reply = contents(memory, sent.page, SDK_REQUEST_BYTES, schema);
  return `${sent.name} -> ${sent.request}Reply${reply}`;
}

function contents(memory: ThreadMemory, page: number, offset: number, schema: AnySchema): string {
  const length = offset === 0 ? SDK_REQUEST_BYTES : PARAMS_BYTES - SDK_REQUEST_BYTES;
  const bytes = memory.physical(page + offset, length);
  if (bytes === undefined) return " ? (the page is no RAM)";
  const decoded = codec(schema, format).safeDecode(bytes);
  if (decoded.ok) return formatPayload(schema, decoded.value);
  return ` ? [${hexBytes(bytes.subarray(0, SHOWN_BYTES))} …] (${decoded.error.message})`;
}

function nameOf<N extends string>(
  numbers: Readonly<Record<N, number>>,
  number: number,
): N | undefined {
  return (Object.keys(numbers) as N[]).find((name) => numbers[name] === number);
}
