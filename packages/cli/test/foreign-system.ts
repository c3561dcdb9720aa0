import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";

const { call, recv, replyRecv, debugPutChar } = cantrip.syscall;
const TEXT = 0x10000;
const IPC_BUFFER = 0x11000;

function program(source: string): Uint8Array {
  // A whole page, as the specification fills one.
  const page = new Uint8Array(4096);
  page.set(assemble(source, { base: TEXT }).bytes);
  const flags = { read: true, write: false, execute: true };
  return writeElf({
    machine: EM_RISCV,
    entry: TEXT,
    flags: 1,
    segments: [{ vaddr: TEXT, data: page, flags, align: 4096 }],
  });
}

/** Two programs that know nothing of CantripOS: one adds 1 to a word for whoever calls, the other prints `ab…`. */
export const foreignFiles: Readonly<Record<string, Uint8Array>> = {
  "server.elf": program(`
    li a0, 1
    li a6, 2
    li a7, ${recv}
    ecall
  again:
    addi a2, a2, 1
    li a0, 1
    li a1, 1
    li a6, 2
    li a7, ${replyRecv}
    ecall
    j again`),
  "client.elf": program(`
    li s0, 96
    li s1, 5
  again:
    mv a2, s0
    li a0, 1
    li a1, 1
    li a7, ${call}
    ecall
    mv s0, a2
    mv a0, s0
    li a7, ${debugPutChar}
    ecall
    addi s1, s1, -1
    bnez s1, again
    li a0, 3
    li a7, ${recv}
    ecall
    j .`),
};

function objectsOf(name: string): string {
  return `
  ${name}_tcb = tcb (addr: ${IPC_BUFFER}, ip: ${TEXT}, sp: 0, prio: 100, max_prio: 100, affinity: 0)
  ${name}_sc = sc (period: 10000, budget: 10000, data: 0, 8 bits)
  ${name}_cnode = cnode (2 bits)
  ${name}_pd = pt
  ${name}_pt = pt
  ${name}_text = frame (4k, fill: [{0 4096 CDL_FrameFill_FileData "${name}.elf" 4096}])
  ${name}_ipc = frame (4k)`;
}

function capsOf(name: string, own: string): string {
  return `
  ${name}_tcb { cspace: ${name}_cnode (guard: 0, guard_size: 30) vspace: ${name}_pd ipc_buffer_slot: ${name}_ipc (RW) sc_slot: ${name}_sc }
  ${name}_cnode { ${own} }
  ${name}_pd { 0: ${name}_pt }
  ${name}_pt { 16: ${name}_text (RX) 17: ${name}_ipc (RW) }`;
}

/** The specification that connects them. */
export const foreignSpec = `arch riscv
objects {
  ep = ep
  never = notification
  reply = rtreply${objectsOf("server")}${objectsOf("client")}
}
caps {${capsOf("server", "1: ep (R) 2: reply")}${capsOf("client", "1: ep (WG) 3: never (R)")}
}
`;
