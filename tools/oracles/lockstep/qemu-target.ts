import type { Xlen } from "@cantrip/hw-riscv";
import type { GdbRemote } from "../qemu/gdb-remote.ts";
import {
  type ComparedRegister,
  comparedRegisters,
  Place,
  WORDS_PER_REGISTER,
} from "./hart-state.ts";
import type { PlacedProgram } from "./program.ts";
import type { Target } from "./target.ts";

const MACHINE_MODE = 3;
const HEX_PER_WORD = 8;

/** A hart of QEMU behind its GDB stub. */
export class QemuTarget implements Target {
  readonly stepsOverWait = true;
  readonly #gdb: GdbRemote;
  readonly #xlen: Xlen;
  readonly #registers: readonly ComparedRegister[];
  readonly #readPackets: readonly string[];

  constructor(gdb: GdbRemote, xlen: Xlen) {
    this.#gdb = gdb;
    this.#xlen = xlen;
    this.#registers = comparedRegisters(xlen);
    const separate = this.#registers.slice(Place.f);
    this.#readPackets = ["g", ...separate.map(({ gdbNumber }) => `p${gdbNumber.toString(16)}`)];
  }

  async load({ program, memory }: PlacedProgram): Promise<void> {
    const gdb = this.#gdb;
    const { state } = program;
    // Memory is what the machine's mode sees.
    await gdb.command(writePacket(Place.privilege, MACHINE_MODE, 0, this.#xlen / 8));
    for (const { address, bytes } of memory) await gdb.writeMemory(address, bytes);
    const packets: string[] = [];
    this.#registers.forEach(({ name, gdbNumber, bytes }, index) => {
      const low = state[index * WORDS_PER_REGISTER] ?? 0;
      const high = state[index * WORDS_PER_REGISTER + 1] ?? 0;
      // The status comes first: floating point must be on before its registers can be set.
      const packet = writePacket(gdbNumber, low, high, bytes);
      if (index === Place.privilege) return;
      if (name === "mstatus") packets.unshift(packet);
      else packets.push(packet);
    });
    await gdb.command(...packets);
  }

  async write(index: number, low: number, high: number): Promise<void> {
    const register = this.#registers[index];
    if (register === undefined) throw new RangeError(`no register ${index}`);
    await this.#gdb.command(writePacket(register.gdbNumber, low, high, register.bytes));
  }

  async step(): Promise<void> {
    const reply = await this.#gdb.ask("s");
    if (!reply.startsWith("T05")) throw new Error(`QEMU did not stop behind a step: ${reply}`);
  }

  async read(state: Int32Array): Promise<void> {
    const [core = "", ...others] = await this.#gdb.askAll(this.#readPackets);
    const digits = (this.#xlen / 32) * HEX_PER_WORD;
    for (let index = 0; index <= Place.pc; index++) {
      put(state, index, core.slice(index * digits, (index + 1) * digits));
    }
    others.forEach((text, index) => {
      put(state, Place.f + index, text);
    });
  }

  async readMemory(address: number, length: number): Promise<Uint8Array> {
    // A virtual address in other modes; the pages in question are mapped to themselves, if at all.
    const privilege = await this.#gdb.ask(`p${Place.privilege.toString(16)}`);
    await this.#gdb.command(writePacket(Place.privilege, MACHINE_MODE, 0, this.#xlen / 8));
    const bytes = await this.#gdb.readMemory(address, length);
    await this.#gdb.command(`P${Place.privilege.toString(16)}=${privilege}`);
    return bytes;
  }
}

/** Packet that writes a register. */
function writePacket(number: number, low: number, high: number, bytes: number): string {
  const value = littleEndian(low) + (bytes === 8 ? littleEndian(high) : "");
  return `P${number.toString(16)}=${value}`;
}

function littleEndian(word: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(word);
  return bytes.toString("hex");
}

/** Puts a register's digits into a state; one that cannot be read, as those of floating point when it is off, is 0. */
function put(state: Int32Array, index: number, text: string): void {
  const at = index * WORDS_PER_REGISTER;
  state[at] = 0;
  state[at + 1] = 0;
  if (text.startsWith("E")) return;
  for (let word = 0; word * HEX_PER_WORD < text.length; word++) {
    let value = 0;
    for (let byte = 3; byte >= 0; byte--) {
      const from = word * HEX_PER_WORD + byte * 2;
      value = (value << 8) | Number.parseInt(text.slice(from, from + 2), 16);
    }
    state[at + word] = value;
  }
}
