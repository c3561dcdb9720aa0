export { BareSemaphore } from "./bare-semaphore.ts";
export {
  BIRTH_SYMBOL,
  BIRTH_VERSION,
  type BirthArea,
  readBirthArea,
  writeBirth,
} from "./birth-image.ts";
export type {
  CallerBirth,
  ClientBirth,
  ComponentBirth,
  DataportBirth,
  InterruptBirth,
  InterruptSource,
  ServerBirth,
  ThreadBirth,
} from "./birth.ts";
export {
  type ComponentDefinition,
  componentProgram,
  ComponentRuntime,
  ComponentThread,
  type ThreadDefinition,
} from "./component.ts";
export { Dataport } from "./dataport.ts";
export {
  interfaceCodecs,
  type InterfaceCodecs,
  type PayloadOf,
  type ReplyOf,
  type RequestMessage,
  rpcErrorName,
} from "./interface-codecs.ts";
export {
  type InterruptHandler,
  serveInterrupts,
  serveShared,
  type SharedHandlers,
  type SignalHandler,
} from "./interrupts.ts";
export { MemoryClient, slotCount } from "./memory-client.ts";
export { Mutex, MutexError } from "./mutex.ts";
export { hasPrivilege } from "./privileges.ts";
export { type CallOptions, RpcClient, rpcClient } from "./rpc-client.ts";
export { RpcError, RpcFailure } from "./rpc-error.ts";
export { type Handlers, ReplyWithCap, type RpcCaller, serve, type ServeOptions } from "./serve.ts";
export { emit, hasSignalled, pollNotification, waitNotification } from "./signals.ts";
