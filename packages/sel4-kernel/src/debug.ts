import { ErrorCode, IpcBufferWord, MESSAGE_MAX_LENGTH } from "@cantrip/sel4-sys";
import { dumpCNode } from "./dump-cnode.ts";
import { translate } from "./inspect.ts";
import { contextPointer, hex, pointer, threadPointer } from "./kernel-pointer.ts";
import { capOf, lookupSlot } from "./lookup.ts";
import {
  CapType,
  CONTEXT_FAULT_PC,
  type Fault,
  highOf,
  numberOf,
  setWord,
  type Tcb,
  TcbSlot,
  ThreadState,
  wordOf,
} from "./objects.ts";
import { snapshotText } from "./snapshot.ts";
import type { KernelState } from "./state.ts";
import { maxNameLength } from "./thread.ts";
import { lookupIpcBuffer } from "./vspace.ts";

const A0 = 10;
const STACK_POINTER = 2;
const STACK_WORDS = 16;

/** Tags of riscv64 that are not those of riscv32. */
const TAGS_64: ReadonlyMap<CapType, number> = new Map<CapType, number>([
  [CapType.IrqHandler, 16],
  [CapType.Zombie, 18],
  [CapType.Domain, 20],
  [CapType.SchedContext, 22],
  [CapType.SchedControl, 24],
]);

/** Prints text on the kernel's console. */
export function print(kernel: KernelState, text: string): void {
  for (let index = 0; index < text.length; index++)
    kernel.port.putChar(text.charCodeAt(index) & 0xff);
}

/** Handles a debug system call; `false` when the number is none. */
export function debugSyscall(kernel: KernelState, number: number): boolean {
  const { syscall } = kernel.config;
  const { current } = kernel;
  const argument = wordOf(current.context, A0) >>> 0;
  const argumentHigh = highOf(current.context, A0);
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
        `Debug halt syscall from user thread ${threadPointer(kernel, current)} "${current.name}"\n`,
      );
      kernel.isHalted = true;
      kernel.port.halt("seL4_DebugHalt");
      return true;
    case syscall.debugCapIdentify: {
      const slot = lookupSlot(kernel, current, argument, argumentHigh);
      setWord(current.context, A0, tagOf(kernel, slot?.cap.type ?? CapType.Null));
      return true;
    }
    case syscall.debugSnapshot:
      print(
        kernel,
        `Debug snapshot syscall from user thread ${threadPointer(kernel, current)} "${current.name}"\n`,
      );
      print(kernel, snapshotText(kernel));
      return true;
    case syscall.debugNameThread:
      nameThread(kernel, argument, argumentHigh);
      return true;
    default:
      break;
  }
  if (syscall.debugDumpCNode !== undefined && number === syscall.debugDumpCNode) {
    const cap = lookupSlot(kernel, current, argument, argumentHigh)?.cap;
    if (cap?.type === CapType.CNode) dumpCNode(kernel, cap.object);
    else setWord(current.context, A0, ErrorCode.InvalidCapability);
    return true;
  }
  return false;
}

/** A capability's type as the kernel numbers it: on riscv64 those that follow `Thread` are in one row. */
function tagOf({ is64 }: KernelState, type: CapType): number {
  if (!is64) return type;
  return TAGS_64.get(type) ?? type;
}

function nameThread(kernel: KernelState, cptr: number, cptrHigh: number): void {
  const cap = lookupSlot(kernel, kernel.current, cptr, cptrHigh)?.cap;
  const buffer = lookupIpcBuffer(kernel.current, true);
  if (cap?.type !== CapType.Thread) {
    refuseName(kernel, "cap is not a TCB");
    return;
  }
  if (buffer === 0) {
    refuseName(kernel, "Failed to lookup IPC buffer");
    return;
  }
  let name = "";
  for (let index = 0; ; index++) {
    if (index === MESSAGE_MAX_LENGTH * kernel.wordBytes) {
      refuseName(kernel, "Name too long");
      return;
    }
    const address = buffer + IpcBufferWord.message * kernel.wordBytes + index;
    const byte = (kernel.port.readWord(address - (address % 4)) >>> (8 * (address % 4))) & 0xff;
    if (byte === 0) break;
    name += String.fromCharCode(byte);
  }
  cap.object.name = name.slice(0, maxNameLength(kernel));
}

/** A name that cannot be given is taken for a broken system. */
function refuseName(kernel: KernelState, reason: string): void {
  print(kernel, `SysDebugNameThread: ${reason}, halting\n`);
  kernel.isHalted = true;
  kernel.port.halt(`seL4_DebugNameThread: ${reason}`);
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
  const { cantripFork, settings } = kernel.config;
  const hasDomains = settings.numDomains > 1;
  print(kernel, "Dumping all tcbs!\n");
  print(kernel, cantripFork ? TABS_HEADER : spacesHeader(hasDomains));
  for (let tcb = kernel.debugThreads; tcb !== null; tcb = tcb.debugNext)
    print(kernel, cantripFork ? tabsRow(kernel, tcb) : spacesRow(kernel, tcb, hasDomains));
}

/** Table of seL4 12.1. */
const TABS_HEADER = `${[
  "Name".padEnd(40),
  "State".padEnd(15),
  "IP".padEnd(20),
  " Prio ",
  " Core",
  " InReleaseQueue",
].join("\t")}\n${"-".repeat(86)}\n`;

function tabsRow(kernel: KernelState, tcb: Tcb): string {
  const ip = contextPointer(kernel, tcb.context, CONTEXT_FAULT_PC);
  const priority = String(tcb.priority).padStart(20);
  const isWaiting = tcb.inReleaseQueue ? 1 : 0;
  return `${tcb.name.padStart(40)}\t${stateName(tcb).padStart(15)}\t${ip}\t${priority}\t0\t${isWaiting}\n`;
}

/** Table of current seL4; the domain is shown where there are several. */
function spacesHeader(hasDomains: boolean): string {
  const columns = ["Name".padEnd(40), "State".padEnd(16), "IP".padEnd(18), "Prio"];
  if (hasDomains) columns.push(" Dom");
  columns.push("InReleaseQueue");
  return `${columns.join("   ")}\n${"-".repeat(hasDomains ? 112 : 105)}\n`;
}

function spacesRow(kernel: KernelState, tcb: Tcb, hasDomains: boolean): string {
  const ip = contextPointer(kernel, tcb.context, CONTEXT_FAULT_PC).padEnd(18);
  const columns = [tcb.name.padEnd(40), stateName(tcb).padEnd(16), ip, cell(tcb.priority)];
  if (hasDomains) columns.push(cell(tcb.domain));
  columns.push((tcb.inReleaseQueue ? "yes" : "no").padEnd(14));
  return `${columns.join("   ")}\n`;
}

function cell(value: number): string {
  return String(value).padStart(4);
}

/** What the kernel says when a thread without a fault handler faults. */
export function printNoHandler(kernel: KernelState, tcb: Tcb, fault: Fault): void {
  print(kernel, "Found thread has no fault handler while trying to handle:\n");
  print(kernel, `${describeFault(kernel, fault)}\n`);
  const pc = contextPointer(kernel, tcb.context, CONTEXT_FAULT_PC);
  print(kernel, `in thread ${threadPointer(kernel, tcb)} "${tcb.name}" at address ${pc}\n`);
  print(kernel, "With stack:\n");
  printStack(kernel, tcb);
}

function describeFault(kernel: KernelState, fault: Fault): string {
  switch (fault.kind) {
    case "capFault": {
      const phase = fault.inReceivePhase ? "receive" : "send";
      return `cap fault in ${phase} phase at address ${pointer(kernel, fault.address, fault.addressHigh)}`;
    }
    case "vmFault":
      return `vm fault on ${fault.isInstructionFault ? "code" : "data"} at address ${pointer(kernel, fault.address, fault.addressHigh)} with status ${pointer(kernel, fault.fsr)}`;
    case "unknownSyscall":
      return `unknown syscall ${pointer(kernel, fault.syscallNumber, fault.syscallNumberHigh)}`;
    case "userException":
      return `user exception ${pointer(kernel, fault.number)} code ${pointer(kernel, fault.code)}`;
    case "timeout":
      return `Timeout fault for 0x${hex(fault.badge, fault.badgeHigh)}\n`;
  }
}

function printStack(kernel: KernelState, tcb: Tcb): void {
  const vspace = capOf(tcb, TcbSlot.VTable);
  if (vspace.type !== CapType.PageTable || !vspace.isMapped) {
    print(kernel, "Invalid vspace\n");
    return;
  }
  const { wordBytes, port } = kernel;
  const sp = numberOf(tcb.context, STACK_POINTER);
  if (sp % wordBytes !== 0) {
    print(kernel, `SP ${contextPointer(kernel, tcb.context, STACK_POINTER)} not aligned`);
    return;
  }
  for (let index = 0; index < STACK_WORDS; index++) {
    const address = kernel.is64 ? sp + index * wordBytes : (sp + index * wordBytes) >>> 0;
    const paddr = translate(kernel, vspace.paddr, address);
    const high = kernel.is64 && paddr !== 0 ? port.readWord(paddr + 4) : 0;
    const word = paddr === 0 ? "INVALID" : `0x${hex(port.readWord(paddr), high)}`;
    print(kernel, `0x${hex(address)}: ${word}\n`);
  }
}
