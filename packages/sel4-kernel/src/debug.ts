import { ErrorCode, IpcBufferWord } from "@cantrip/sel4-sys";
import { dumpCNode } from "./dump-cnode.ts";
import { lookupFailureWords } from "./fault-message.ts";
import { capOf, lookupSlot } from "./lookup.ts";
import {
  CapType,
  CONTEXT_FAULT_PC,
  type Fault,
  type Tcb,
  TcbSlot,
  ThreadState,
} from "./objects.ts";
import type { KernelState } from "./state.ts";
import { lookupIpcBuffer } from "./vspace.ts";

const A0 = 10;
const MAX_NAME_BYTES = 127;
const STACK_WORDS = 16;

/** Prints text on the kernel's console. */
export function print(kernel: KernelState, text: string): void {
  for (let index = 0; index < text.length; index++)
    kernel.port.putChar(text.charCodeAt(index) & 0xff);
}

/** Handles a debug system call; `false` when the number is none. */
export function debugSyscall(kernel: KernelState, number: number): boolean {
  const { syscall } = kernel.config;
  const { current } = kernel;
  const argument = (current.context[A0] ?? 0) >>> 0;
  switch (number) {
    case syscall.debugPutChar:
      kernel.port.putChar(argument & 0xff);
      return true;
    case syscall.debugDumpScheduler:
      dumpScheduler(kernel);
      return true;
    case syscall.debugHalt:
      print(
        kernel,
        "Debug halt syscall from user thread 0x" + hex(current.paddr) + ` "${current.name}"\n`,
      );
      kernel.isHalted = true;
      kernel.port.halt("seL4_DebugHalt");
      return true;
    case syscall.debugCapIdentify: {
      const slot = lookupSlot(kernel, current, argument);
      current.context[A0] = slot?.cap.type ?? CapType.Null;
      return true;
    }
    case syscall.debugSnapshot:
      print(
        kernel,
        `Debug snapshot syscall from user thread 0x${hex(current.paddr)} "${current.name}"\n`,
      );
      return true;
    case syscall.debugNameThread:
      nameThread(kernel, argument);
      return true;
    default:
      break;
  }
  if (syscall.debugDumpCNode !== undefined && number === syscall.debugDumpCNode) {
    const cap = lookupSlot(kernel, current, argument)?.cap;
    if (cap?.type === CapType.CNode) dumpCNode(kernel, cap.object);
    else current.context[A0] = ErrorCode.InvalidCapability;
    return true;
  }
  return false;
}

function nameThread(kernel: KernelState, cptr: number): void {
  const cap = lookupSlot(kernel, kernel.current, cptr)?.cap;
  const buffer = lookupIpcBuffer(kernel.current, false);
  if (cap?.type !== CapType.Thread || buffer === 0) {
    print(kernel, "SysDebugNameThread: cap is not a TCB, halting\n");
    kernel.isHalted = true;
    kernel.port.halt("seL4_DebugNameThread of something that is no thread");
    return;
  }
  let name = "";
  for (let index = 0; index < MAX_NAME_BYTES; index++) {
    const address = buffer + IpcBufferWord.message * 4 + index;
    const byte = (kernel.port.readWord(address - (address % 4)) >>> (8 * (address % 4))) & 0xff;
    if (byte === 0) break;
    name += String.fromCharCode(byte);
  }
  cap.object.name = name;
}

function hex(value: number): string {
  return (value >>> 0).toString(16);
}

function stateName(tcb: Tcb): string {
  switch (tcb.state) {
    case ThreadState.Inactive:
      return "inactive";
    case ThreadState.Running:
      return "running";
    case ThreadState.Restart:
      return "restart";
    case ThreadState.BlockedOnReceive:
      return "blocked on recv";
    case ThreadState.BlockedOnSend:
      return "blocked on send";
    case ThreadState.BlockedOnReply:
      return "blocked on reply";
    case ThreadState.BlockedOnNotification:
      return "blocked on ntfn";
    case ThreadState.Idle:
      return "idle";
  }
}

/** Prints all threads, newest first, as `seL4_DebugDumpScheduler` does. */
function dumpScheduler(kernel: KernelState): void {
  const row = (name: string, state: string, ip: string, priority: string, core: string): string =>
    `${name.padEnd(40)}\t${state.padEnd(15)}\t${ip.padEnd(20)}\t${priority.padEnd(20)}\t${core}\n`;
  print(kernel, "Dumping all tcbs!\n");
  print(kernel, row("Name", "State", "IP", " Prio", " Core"));
  print(kernel, `${"-".repeat(86)}\n`);
  for (let tcb = kernel.debugThreads; tcb !== null; tcb = tcb.debugNext) {
    const ip = `0x${hex(tcb.context[CONTEXT_FAULT_PC] ?? 0)}`;
    print(kernel, row(tcb.name, stateName(tcb), ip, String(tcb.priority), "0"));
  }
}

/** What the kernel says when a thread without a fault handler faults. */
export function printNoHandler(kernel: KernelState, tcb: Tcb, fault: Fault): void {
  print(kernel, "Found thread has no fault handler while trying to handle:\n");
  print(kernel, `${describeFault(fault)}\n`);
  const pc = (tcb.context[CONTEXT_FAULT_PC] ?? 0) >>> 0;
  print(kernel, `in thread 0x${hex(tcb.paddr)} "${tcb.name}" at address 0x${hex(pc)}\n`);
  print(kernel, "With stack:\n");
  printStack(kernel, tcb);
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "capFault": {
      const phase = fault.inReceivePhase ? "receive" : "send";
      return `cap fault in ${phase} phase at address 0x${hex(fault.address)} (${lookupFailureWords(fault.lookupFailure).join(" ")})`;
    }
    case "vmFault":
      return `vm fault on ${fault.isInstructionFault ? "code" : "data"} at address 0x${hex(fault.address)} with status 0x${hex(fault.fsr)}`;
    case "unknownSyscall":
      return `unknown syscall 0x${hex(fault.syscallNumber)}`;
    case "userException":
      return `user exception 0x${hex(fault.number)} code 0x${hex(fault.code)}`;
    case "timeout":
      return `Timeout fault for 0x${hex(fault.badge)}`;
  }
}

function printStack(kernel: KernelState, tcb: Tcb): void {
  const sp = (tcb.context[2] ?? 0) >>> 0;
  if (sp % 4 !== 0) {
    print(kernel, `SP 0x${hex(sp)} not aligned to 4 bytes\n`);
    return;
  }
  const vspace = capOf(tcb, TcbSlot.VTable);
  for (let index = 0; index < STACK_WORDS; index++) {
    const address = sp + index * 4;
    const paddr = vspace.type === CapType.PageTable ? translate(kernel, vspace.paddr, address) : 0;
    const word = paddr === 0 ? "INVALID" : `0x${hex(kernel.port.readWord(paddr))}`;
    print(kernel, `0x${hex(address)}: ${word}\n`);
  }
}

/** Physical address of a mapped user address in RAM; 0 when there is none. */
function translate(kernel: KernelState, root: number, vaddr: number): number {
  const { ram } = kernel.platform;
  const isRam = (paddr: number): boolean => paddr >= ram.base && paddr < ram.base + ram.size;
  const rootPte = kernel.port.readWord(root + (vaddr >>> 22) * 4);
  if ((rootPte & 1) === 0) return 0;
  let paddr = (rootPte >>> 10) * 4096 + (vaddr & 0x3fffff);
  if ((rootPte & 0xe) === 0) {
    const pte = kernel.port.readWord((rootPte >>> 10) * 4096 + ((vaddr >>> 12) & 0x3ff) * 4);
    if ((pte & 1) === 0) return 0;
    paddr = (pte >>> 10) * 4096 + (vaddr & 0xfff);
  }
  return isRam(paddr) ? paddr : 0;
}
