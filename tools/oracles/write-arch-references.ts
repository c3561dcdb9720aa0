/**
 * Writes what QEMU leaves in the signatures of architecture tests: `pnpm build:arch-references FOLDER`. For
 * every `NAME.elf` in the folder, and in folders in it, that has no `NAME.reference_output` yet, it makes that file; for a
 * program that does not end on QEMU it says so.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { readElf, readSymbols } from "@cantrip/elf";
import { filesEndingIn } from "./files.ts";
import { messageOf } from "./suite.ts";
import { QemuProcess } from "./qemu/qemu-process.ts";

const WORKERS = 2;
const TIMEOUT_MS = 20_000;
/** Kind of a watchpoint for writes, and its bytes. */
const WRITE_WATCHPOINT = "Z2";
const WATCHED_BYTES = 4;

/** The words from `begin_signature` up to `end_signature`, once `tohost` was written. */
async function signatureOf(path: string): Promise<readonly string[]> {
  const file = readElf(readFileSync(path));
  const symbols = new Map(readSymbols(file).map(({ name, value }) => [name, value]));
  const addressOf = (name: string): number => {
    const address = symbols.get(name);
    if (address === undefined) throw new Error(`${path}: no symbol ${name}`);
    return address;
  };
  const qemu = await QemuProcess.start(file.is64 ? 64 : 32, path);
  try {
    const { gdb } = qemu;
    await gdb.command(`${WRITE_WATCHPOINT},${addressOf("tohost").toString(16)},${WATCHED_BYTES}`);
    const isOver = await Promise.race([
      gdb.ask("c").then(() => true),
      sleep(TIMEOUT_MS, false, { ref: false }),
    ]);
    if (!isOver) throw new Error("does not end on QEMU");
    await gdb.command("Qqemu.PhyMemMode:1");
    const from = addressOf("begin_signature");
    const bytes = Buffer.from(await gdb.readMemory(from, addressOf("end_signature") - from));
    return Array.from({ length: bytes.length / 4 }, (_, index) =>
      bytes
        .readUInt32LE(index * 4)
        .toString(16)
        .padStart(8, "0"),
    );
  } finally {
    qemu.stop();
  }
}

const folder = process.argv[2] ?? ".";
const queue = filesEndingIn(folder, ".elf")
  .map((file) => `${folder}/${file.slice(0, -".elf".length)}`)
  .filter((path) => !existsSync(`${path}.reference_output`));
let written = 0;

async function work(): Promise<void> {
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    try {
      const words = await signatureOf(`${path}.elf`);
      writeFileSync(`${path}.reference_output`, `${words.join("\n")}\n`);
      written++;
    } catch (error) {
      process.stdout.write(`${path}: ${messageOf(error)}\n`);
    }
  }
}
await Promise.all(Array.from({ length: WORKERS }, work));
process.stdout.write(`${written} written\n`);
