import type { Task, UserContext } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import { ErrorCode } from "./constants.ts";
import { PlainCall, WordCall } from "./system-calls.ts";

/** The IPC buffer's message area starts one word in. */
const MESSAGE_OFFSET = 4;
/** `seL4_MsgMaxLength` words, less the terminating zero. */
const MAX_NAME_BYTES = 479;

/** System calls of a debug kernel. They print on the kernel's console. */
export class DebugCalls {
  readonly context: UserContext;
  readonly config: KernelConfig;
  /** Virtual address of the IPC buffer; 0 when there is none. */
  readonly ipcBuffer: number;
  readonly #putChar: PlainCall;

  constructor(context: UserContext, config: KernelConfig, ipcBuffer: number) {
    this.context = context;
    this.config = config;
    this.ipcBuffer = ipcBuffer;
    this.#putChar = new PlainCall(context, config.syscall.debugPutChar);
  }

  /** Prints one byte. Corresponds to `seL4_DebugPutChar`. */
  debugPutChar(byte: number): Task<void> {
    this.#putChar.argument = byte;
    return this.#putChar;
  }

  /** Prints text, one system call a byte; characters above 255 become `?`. */
  *debugPrint(text: string): Task<void> {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      yield* this.debugPutChar(code < 256 ? code : 0x3f);
    }
  }

  /** Prints all threads. Corresponds to `seL4_DebugDumpScheduler`. */
  debugDumpScheduler(): Task<void> {
    return new PlainCall(this.context, this.config.syscall.debugDumpScheduler);
  }

  /** Prints the slots of a CNode; `false` when it is none. Corresponds to `seL4_DebugDumpCNode` of the CantripOS fork. */
  *debugDumpCNode(cnode: number): Task<boolean> {
    const number = this.config.syscall.debugDumpCNode;
    if (number === undefined) return false;
    const call = new WordCall(this.context, number);
    call.argument = cnode;
    return (yield* call) !== ErrorCode.InvalidCapability || cnode === ErrorCode.InvalidCapability;
  }

  /** Names a thread. Corresponds to `seL4_DebugNameThread`. */
  *debugNameThread(tcb: number, name: string): Task<void> {
    const bytes = name.slice(0, MAX_NAME_BYTES);
    for (let index = 0; index <= bytes.length; index++) {
      const code = index < bytes.length ? bytes.charCodeAt(index) & 0xff : 0;
      this.context.store8(this.ipcBuffer + MESSAGE_OFFSET + index, code);
    }
    const call = new PlainCall(this.context, this.config.syscall.debugNameThread);
    call.argument = tcb;
    yield* call;
  }

  /** Type of a capability. Corresponds to `seL4_DebugCapIdentify`. */
  *debugCapIdentify(cptr: number): Task<number> {
    const call = new WordCall(this.context, this.config.syscall.debugCapIdentify);
    call.argument = cptr;
    return yield* call;
  }

  /** Stops the machine. Corresponds to `seL4_DebugHalt`. */
  debugHalt(): Task<void> {
    return new PlainCall(this.context, this.config.syscall.debugHalt);
  }

  /** Prints the whole capability distribution. Corresponds to `seL4_DebugSnapshot`. */
  debugSnapshot(): Task<void> {
    return new PlainCall(this.context, this.config.syscall.debugSnapshot);
  }
}
