import type { Xlen } from "@cantrip/hw-riscv";
import { assemble } from "@cantrip/hw-riscv/asm";
import type { Item } from "./program.ts";
import type { ProgramKind } from "./random-program.ts";
import type { Random } from "./random.ts";

/** Bits of `mstatus` that may change in machine mode without letting an interrupt in; floating point stays on. */
const STATUS_BITS = [0x2, 0x20, 0x80, 0x100, 0x1800, 0x20000, 0x40000, 0x80000, 0x100000, 0x400000];

const SUPERVISOR_RETURN = "li a3, 0x100\n csrs sstatus, a3";
/** QEMU 7.2 leaves MPRV as it is when `sret` goes to a lower mode, where it should clear it. */
const NO_MPRV = "li a3, 0x20000\n csrc mstatus, a3\n";

/** Items for instructions that go on elsewhere, or wait: what they need stands before them. */
export function specialItems(
  name: string,
  kind: ProgramKind,
  random: Random,
  xlen: Xlen,
): Item | undefined {
  switch (name) {
    case "mret":
      // Machine mode goes on in machine mode, without interrupts.
      return kind === "machine"
        ? returning(
            xlen,
            "li a3, 0x80\n csrc mstatus, a3\n li a3, 0x1800\n csrs mstatus, a3",
            "mepc",
            "mret",
          )
        : undefined;
    case "sret":
      // User mode has no return; machine mode goes on in one of the lower ones, the supervisor in its own.
      if (kind === "user") return undefined;
      if (kind === "supervisor") return returning(xlen, SUPERVISOR_RETURN, "sepc", "sret");
      return returning(
        xlen,
        `${NO_MPRV}${random.once(2) ? "" : SUPERVISOR_RETURN}`,
        "sepc",
        "sret",
      );
    case "wfi":
      // It goes on at once: an interrupt waits, which is not taken.
      return kind === "machine"
        ? fixed(xlen, "csrsi mie, 2\n csrsi mip, 2\n wfi\n nop\n csrci mip, 2\n csrci mie, 2")
        : undefined;
    case "ctzw": {
      // QEMU 7.2 counts on behind bit 31.
      const register = `a${random.below(6)}`;
      return fixed(xlen, `bseti a3, ${register}, ${random.below(32)}\n ctzw ${register}, a3`);
    }
    case "csrrs":
    case "csrrc": {
      if (kind !== "machine" || random.once(2)) return undefined;
      const bits = random.pick(STATUS_BITS) | random.pick(STATUS_BITS);
      return fixed(xlen, `li a3, ${bits}\n ${name} a4, mstatus, a3`);
    }
    default:
      return undefined;
  }
}

/** A return from a trap that did not happen, to behind itself. */
function returning(xlen: Xlen, status: string, register: string, name: string): Item {
  return fixed(xlen, `${status}\n auipc a3, 0\n addi a3, a3, 16\n csrw ${register}, a3\n ${name}`);
}

function fixed(xlen: Xlen, source: string): Item {
  const { bytes } = assemble(source, { xlen });
  return { size: bytes.length, jump: 0, encode: () => bytes };
}
