import { type BuiltinFile, builtinApplications, makeFlash, packModel } from "@cantrip/cli";
import { writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";

const EM_RISCV = 243;
const TEXT = 0x80000000;
const STATIC = 0x83000000;
/** `finish` and `hostreq`. */
const FINISH = ".word 0x307b";

interface ModelOptions {
  /** Bytes of temporary memory. */
  readonly temporaryBytes?: number;
}

/** A model in assembly, with one page of output and one of static data. */
function model(name: string, source: string, options: ModelOptions = {}): BuiltinFile {
  const segment = (vaddr: number, data: Uint8Array, memorySize: number, flags: string) => ({
    vaddr,
    data,
    memorySize,
    flags: {
      read: true,
      write: flags.includes("w"),
      execute: flags.includes("x"),
    },
  });
  const text = assemble(source, { base: TEXT }).bytes;
  const none = new Uint8Array(0);
  const elf = writeElf({
    machine: EM_RISCV,
    entry: TEXT,
    segments: [
      segment(TEXT, text, text.length, "x"),
      segment(0x81000000, Uint8Array.of(1, 2, 3, 4), 4, ""),
      segment(0x82000000, none, 76, "w"),
      segment(STATIC, none, 4096, "w"),
      segment(0x85000000, none, options.temporaryBytes ?? 4096, "w"),
    ],
  });
  return packModel(name, elf);
}

/** Models that go wrong, each in its way. */
const badModels: readonly BuiltinFile[] = [
  model("illegal", ".word 0"),
  model("astray", `li t0, 0x84000000\nlw t1, 0(t0)\n${FINISH}`),
  model("readonly", `li t0, 0x81000000\nsw t1, 0(t0)\n${FINISH}`),
  model("asking", `.word 0x207b\n${FINISH}`),
  model("endless", "loop:\nj loop"),
  model("complaining", `li t0, 0x82000000\nli t1, 7\nsw t1, 0(t0)\n${FINISH}`),
  model("huge", FINISH, { temporaryBytes: 0x1000000 }),
  // Together with another one like it more than the core's memory.
  model("large", FINISH, { temporaryBytes: 0xf00000 }),
];

/** The models that go wrong, as files of the archive. */
export function modelFiles(): readonly BuiltinFile[] {
  return badModels;
}

/** The built-in files, `mltest` under a second name, the bad models, and one whose text was changed after it was packed. */
export function flashWithModels(): Uint8Array {
  const damaged = model("damaged", FINISH).data.slice();
  damaged[48] = (damaged[48] ?? 0) ^ 0xff;
  const builtins = builtinApplications();
  const twins = builtins
    .filter(({ name }) => name === "mltest.app")
    .map(({ data }) => ({ name: "mltwin.app", data }));
  return makeFlash([...builtins, ...twins, ...badModels, { name: "damaged.model", data: damaged }]);
}
