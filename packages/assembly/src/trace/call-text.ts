import type { KernelConfig } from "@cantrip/sel4-config";
import { CapType, CONTEXT_FAULT_PC, type Fault, type Tcb } from "@cantrip/sel4-kernel";
import { messageExtraCaps, messageLabel, messageLength } from "@cantrip/sel4-sys";
import { formatText, formatWord } from "./format-value.ts";
import {
  type InvocationText,
  invocationTexts,
  objectTypeNames,
  syscallNames,
} from "./invocations.ts";
import type { MessageReader } from "./message-reader.ts";
import type { SystemNames } from "./names.ts";
import type { ThreadMemory } from "./thread-memory.ts";

const T0 = 5;
const A0 = 10;
const A1 = 11;
const A6 = 16;
const A7 = 17;
/** Bytes of a message, in which the name for `seL4_DebugNameThread` ends. */
const NAME_WORDS = 120;

/** A system call as it begins. */
export interface CallText {
  /** `seL4_Call` */
  readonly name: string;
  /** The call with its arguments. */
  readonly text: string;
  /** Names of the words of the answer, for an invocation of a kernel object; `undefined` for other calls. */
  readonly results: readonly string[] | undefined;
  /** The call may end with a badge. */
  readonly isReceive: boolean;
}

/** The capability that a thread's system call sends to, by the registers of the call. */
export function sendTarget(config: KernelConfig, thread: Tcb): number {
  const { syscall } = config;
  const number = thread.context[A7] ?? 0;
  const isCombined = number === syscall.replyRecv || number === syscall.nbSendWait;
  const register = isCombined ? A6 : number === syscall.nbSendRecv ? T0 : A0;
  return (thread.context[register] ?? 0) >>> 0;
}

/** Writes system calls, their arguments and results. */
export class CallWriter {
  readonly #config: KernelConfig;
  readonly #names: SystemNames;
  readonly #memory: ThreadMemory;
  readonly #reader: MessageReader;
  readonly #invocations: ReadonlyMap<number, InvocationText>;
  readonly #objectTypes: ReadonlyMap<number, string>;
  readonly #syscalls: ReadonlyMap<number, string>;

  constructor(
    config: KernelConfig,
    names: SystemNames,
    memory: ThreadMemory,
    reader: MessageReader,
  ) {
    this.#config = config;
    this.#names = names;
    this.#memory = memory;
    this.#reader = reader;
    this.#invocations = invocationTexts(config);
    this.#objectTypes = objectTypeNames(config);
    this.#syscalls = syscallNames(config);
  }

  /** Reads the system call that a thread begins. */
  describe(thread: Tcb, number: number): CallText {
    const { syscall } = this.#config;
    const name = this.#syscalls.get(number) ?? `syscall ${number}`;
    const first = (thread.context[A0] ?? 0) >>> 0;
    const call = (text: string, isReceive = false): CallText => ({
      name,
      text: `${name}(${text})`,
      results: undefined,
      isReceive,
    });
    const slot = (cptr: number): string => this.#slot(thread, cptr);
    switch (number) {
      case syscall.call:
      case syscall.send:
      case syscall.nbSend:
        return this.#send(thread, name, first);
      case syscall.recv:
      case syscall.nbRecv:
        return call(this.#receive(thread, first), true);
      case syscall.replyRecv:
        return call(this.#receive(thread, first), true);
      case syscall.nbSendRecv:
        return call(
          `${slot(sendTarget(this.#config, thread))}, ${this.#receive(thread, first)}`,
          true,
        );
      case syscall.nbSendWait:
        return call(`${slot(sendTarget(this.#config, thread))}, ${slot(first)}`, true);
      case syscall.wait:
      case syscall.nbWait:
        return call(slot(first), true);
      case syscall.debugPutChar:
        return call(JSON.stringify(String.fromCharCode(first & 0xff)));
      case syscall.debugNameThread:
        return call(`${slot(first)}, ${formatText(this.#threadName(thread))}`);
      case syscall.debugCapIdentify:
        return call(slot(first));
      default:
        return call(number === syscall.debugDumpCNode ? slot(first) : "");
    }
  }

  /** The badge that a receive left in a thread's registers, and for a message nothing more: it has a line of its own. */
  badge(thread: Tcb): string {
    return `badge ${formatWord((thread.context[A0] ?? 0) >>> 0)}`;
  }

  /** Words of a successful answer to an invocation that has some. */
  results(thread: Tcb, results: readonly string[]): string {
    return results
      .map((name, index) => ` ${name}=${formatWord(this.#memory.messageWord(thread, index))}`)
      .join("");
  }

  #slot(thread: Tcb, cptr: number): string {
    const slot = this.#memory.slot(thread, cptr);
    const cap = slot === null ? "no slot" : this.#names.cap(slot.cap);
    return `${formatWord(cptr)} ${cap}`;
  }

  #receive(thread: Tcb, from: number): string {
    const cap = this.#memory.slot(thread, from)?.cap;
    if (cap?.type !== CapType.Endpoint) return this.#slot(thread, from);
    return `${this.#slot(thread, from)}, ${this.#slot(thread, (thread.context[A6] ?? 0) >>> 0)}`;
  }

  #send(thread: Tcb, name: string, cptr: number): CallText {
    const cap = this.#memory.slot(thread, cptr)?.cap;
    const target = this.#slot(thread, cptr);
    const call = (more: string): CallText => ({
      name,
      text: `${name}(${target}${more})`,
      results: undefined,
      isReceive: false,
    });
    if (cap === undefined || cap.type === CapType.Null || cap.type === CapType.Zombie)
      return call("");
    if (cap.type === CapType.Notification || cap.type === CapType.Reply) return call("");
    if (cap.type !== CapType.Endpoint) return this.#invocation(thread, name, target);
    const { text } = this.#reader.sent(thread, cptr);
    const caps = this.#caps(thread);
    return call(`, ${text}${caps.length === 0 ? "" : `, caps [${caps.join(", ")}]`}`);
  }

  #caps(thread: Tcb): string[] {
    const count = messageExtraCaps((thread.context[A1] ?? 0) >>> 0);
    return Array.from({ length: count }, (_, index) =>
      this.#slot(thread, this.#memory.extraCap(thread, index)),
    );
  }

  #invocation(thread: Tcb, syscall: string, target: string): CallText {
    const info = (thread.context[A1] ?? 0) >>> 0;
    const label = messageLabel(info);
    const invocation = this.#invocations.get(label);
    if (invocation === undefined) {
      const text = `${syscall}(${target}, ${this.#reader.plain(thread, info)})`;
      return { name: syscall, text, results: undefined, isReceive: false };
    }
    const caps = this.#caps(thread);
    const length = messageLength(info);
    let word = 0;
    let extra = 0;
    const shown = [target];
    for (const { name, from } of invocation.arguments) {
      if (from === "cap") {
        shown.push(`${name}=${caps[extra++] ?? "?"}`);
        continue;
      }
      const low = word++;
      if (from === "time") word++;
      // A message that is too short is refused; the result says so.
      if (word > length) continue;
      const high = from === "time" ? this.#memory.messageWord(thread, low + 1) : 0;
      const value = this.#memory.messageWord(thread, low) + high * 2 ** 32;
      const text = name === "type" ? this.#objectTypes.get(value) : undefined;
      shown.push(`${name}=${text ?? formatWord(value)}`);
    }
    const isCall = syscall === this.#syscalls.get(this.#config.syscall.call);
    const text = `${isCall ? "" : `${syscall} `}${invocation.name}(${shown.join(", ")})`;
    return {
      name: invocation.name,
      text,
      results: isCall ? invocation.results : [],
      isReceive: false,
    };
  }

  #threadName(thread: Tcb): string {
    const bytes = this.#memory.bufferBytes(thread, NAME_WORDS);
    const end = bytes.indexOf(0);
    return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
  }
}

/** A fault in the words of the manual, with the pc of the instruction. */
export function faultText(thread: Tcb, fault: Fault): string {
  const ip = `ip=${formatWord((thread.context[CONTEXT_FAULT_PC] ?? 0) >>> 0)}`;
  switch (fault.kind) {
    case "capFault": {
      const phase = fault.inReceivePhase ? "receive" : "send";
      return `seL4_Fault_CapFault ${ip} addr=${formatWord(fault.address)} ${phase} ${fault.lookupFailure.kind}`;
    }
    case "vmFault": {
      const access = fault.isInstructionFault ? "fetch" : fault.fsr === 7 ? "write" : "read";
      return `seL4_Fault_VMFault ${ip} addr=${formatWord(fault.address)} ${access} fsr=${fault.fsr}`;
    }
    case "unknownSyscall":
      return `seL4_Fault_UnknownSyscall ${ip} syscall=${fault.syscallNumber}`;
    case "userException":
      return `seL4_Fault_UserException ${ip} number=${fault.number} code=${fault.code}`;
    case "timeout":
      return `seL4_Fault_Timeout ${ip} data=${fault.badge}`;
  }
}
