import { bootSpec } from "@cantrip/assembly/riscv";
import { loaderSpec, parseCapdl } from "@cantrip/capdl";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip } from "@cantrip/sel4-config";
import { IpcBufferWord } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";

const TEXT = 0x10000;
const IPC_BUFFER = 0x11000;
const WORD = 4;

const SPEC = `
arch riscv
objects {
  tcb = tcb (addr: ${IPC_BUFFER}, ip: ${TEXT}, sp: 0, prio: 100, max_prio: 100, affinity: 0)
  sc = sc (period: 1000, budget: 1000, data: 0, 8 bits)
  cnode = cnode (4 bits)
  code = frame (4k, fill: [{0 4096 CDL_FrameFill_FileData "code.bin" 0}])
  buffer = frame (4k)
  root = pt
  table = pt
}
caps {
  tcb {
    cspace: cnode (guard_size: 28)
    vspace: root
    ipc_buffer_slot: buffer (RW)
    sc_slot: sc
  }
  cnode { 1: sched_control (core: 0) 2: sc }
  root { 0: table }
  table { 16: code (RX) 17: buffer (RW) }
}`;

/** What is on the console when a program of the system has halted the kernel. */
function lastWords(program: string): string {
  const parsed = parseCapdl(SPEC, { dialect: "cantrip" });
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join("\n"));
  const loaded = loaderSpec(parsed.spec);
  if (!loaded.ok) throw new Error(loaded.errors.join("\n"));
  const code = new Uint8Array(4096);
  code.set(assemble(program, { base: TEXT }).bytes);
  let printed = "";
  const system = bootSpec({
    ...{ kernel: cantrip, spec: loaded.spec, files: new Map([["code.bin", code]]) },
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
  });
  expect(system.run({ maxInstructions: 10_000_000 }).kind).toBe("stopped");
  expect(system.haltReason).toBeDefined();
  return printed.replaceAll(/^cantrip_os_rootserver:.*\n/gm, "");
}

describe("the console of a kernel that halts shows its last words to the end", () => {
  it("when a thread halts it", () => {
    expect(lastWords(`li a7, ${cantrip.syscall.debugHalt}\necall`)).toMatch(
      /^Debug halt syscall from user thread 0x[0-9a-f]+ "tcb"\n$/,
    );
  });

  it("when an assertion fails", () => {
    const tag = (cantrip.label.schedControlConfigureFlags << 12) | (1 << 7) | 7;
    const word = (index: number): number => index * WORD;
    // Two refills more than the largest number less one: none.
    const printed = lastWords(`
      li t0, ${IPC_BUFFER}
      li t1, -2
      sw t1, ${word(IpcBufferWord.message + 4)}(t0)
      li t1, 2
      sw t1, ${word(IpcBufferWord.caps)}(t0)
      li a0, 1
      li a1, ${tag}
      li a2, 1000
      li a3, 0
      li a4, 5000
      li a5, 0
      li a7, ${cantrip.syscall.call}
      ecall`);
    expect(printed).toMatch(
      /^seL4 failed assertion 'target->scRefillMax > 0' at \S+ in function \w+\nhalting\.\.\.$/,
    );
  });
});
