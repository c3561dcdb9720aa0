export {
  type BootInfo,
  readBootInfo,
  type SlotRegion,
  type UntypedDesc,
  writeSlotRegion,
} from "./boot-info.ts";
export {
  BootInfoHeader,
  CapRights,
  ErrorCode,
  errorName,
  FaultLabel,
  guardWord,
  InitialCap,
  IpcBufferWord,
  LookupFailureType,
  MESSAGE_MAX_LENGTH,
  MESSAGE_REGISTERS,
  VmAttribute,
} from "./constants.ts";
export { DebugCalls } from "./debug-calls.ts";
export { InvocationError } from "./invocation-error.ts";
export {
  AsidControlInvocations,
  AsidPoolInvocations,
  CNodeInvocations,
  DomainSetInvocations,
  IrqControlInvocations,
  IrqHandlerInvocations,
  PageInvocations,
  PageTableInvocations,
  SchedContextInvocations,
  SchedControlInvocations,
} from "./invocations.ts";
export type { CPath, Invoker } from "./invoker.ts";
export {
  messageCapsUnwrapped,
  messageExtraCaps,
  messageInfo,
  messageLabel,
  messageLength,
} from "./message-info.ts";
export { SeL4 } from "./sel4.ts";
export {
  type TcbConfiguration,
  TcbInvocations,
  USER_CONTEXT_REGISTERS,
  type UserContextRegister,
  type UserRegisters,
} from "./tcb-invocations.ts";
export {
  DescribableUntypedInvocations,
  type RetypeArguments,
  type UntypedDescription,
  UntypedInvocations,
  type UntypedOf,
} from "./untyped-invocations.ts";
