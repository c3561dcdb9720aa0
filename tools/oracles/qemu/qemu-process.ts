import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Xlen } from "@cantrip/hw-riscv";
import { GdbRemote } from "./gdb-remote.ts";

/** RAM of the virt board, which begins at 0x80000000. */
export const QEMU_RAM_BYTES: number = 16 * 1024 * 1024;
const START_TRIES = 100;
const START_PAUSE_MS = 50;

/**
 * The same extensions as `fullHart` of `@cantrip/hw-riscv` has, and neither a hypervisor nor event counters. QEMU sets
 * accessed and dirty bits itself.
 */
const CPU_OPTIONS = "h=off,v=off,sstc=off,zba=on,zbb=on,zbc=off,zbs=on,svinval=off,pmu-num=0";

function programOf(xlen: Xlen): string {
  return `qemu-system-riscv${xlen}`;
}

/** What QEMU says of its version, for example `QEMU emulator version 7.2.22 (…)`; `undefined` where it is not installed. */
export function qemuVersion(): string | undefined {
  for (const xlen of [32, 64] as const) {
    const { status } = spawnSync(programOf(xlen), ["--version"]);
    if (status !== 0) return undefined;
  }
  const { stdout } = spawnSync(programOf(64), ["--version"], { encoding: "utf8" });
  return stdout.split("\n")[0]?.trim();
}

/** QEMU's virt board with one hart that has not begun, and a debugger's connection to it. */
export class QemuProcess {
  readonly gdb: GdbRemote;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, gdb: GdbRemote) {
    this.#child = child;
    this.gdb = gdb;
  }

  /**
   * Starts QEMU.
   *
   * @param kernel - path of a program to load
   * @throws Error when it ends at once
   */
  static async start(xlen: Xlen, kernel?: string): Promise<QemuProcess> {
    const port = await freePort();
    const child = spawn(
      programOf(xlen),
      [
        ...["-machine", "virt", "-cpu", `rv${xlen},${CPU_OPTIONS}`, "-smp", "1"],
        ...["-m", `${QEMU_RAM_BYTES / 1024}K`, "-display", "none", "-serial", "null"],
        ...["-monitor", "none", "-nodefaults", "-bios", kernel ?? "none"],
        ...["-S", "-gdb", `tcp:127.0.0.1:${port}`],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let complaint = "";
    child.stderr.on("data", (bytes: Buffer) => {
      complaint += bytes.toString();
    });
    for (let left = START_TRIES; left > 0; left--) {
      if (child.exitCode !== null) break;
      try {
        const gdb = await GdbRemote.connect(port);
        // Single registers can be had once the description was asked for.
        await gdb.readFeature("target.xml");
        return new QemuProcess(child, gdb);
      } catch {
        await sleep(START_PAUSE_MS);
      }
    }
    child.kill("SIGKILL");
    throw new Error(`QEMU does not listen: ${complaint.trim()}`);
  }

  /** Ends QEMU. */
  stop(): void {
    this.gdb.close();
    this.#child.kill("SIGKILL");
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("no free port"));
      });
    });
  });
}
