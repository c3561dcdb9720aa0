import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { FuzzReport } from "../../fuzz/fuzz-report.ts";
import { compareRandomPrograms } from "../lockstep/compare-random-programs.ts";
import { Coverage } from "../lockstep/coverage.ts";
import { MachineTarget } from "../lockstep/machine-target.ts";
import type { PlacedProgram } from "../lockstep/program.ts";
import { PROGRAM_KINDS } from "../lockstep/random-program.ts";
import { wordAt } from "../lockstep/run-in-lockstep.ts";
import { GdbRemote } from "../qemu/gdb-remote.ts";

const PC = 32;
const A0 = 10;
/** The bits of an instruction that make it `mul`, and what they are. */
const MUL_MASK = 0xfe00707f | 0;
const MUL = 0x02000033;

describe("random programs in lock step", () => {
  it.each([32, 64] as const)(
    "are the same on two harts of %i bits, and have every instruction",
    async (xlen) => {
      const harts = { reference: new MachineTarget(xlen), ours: new MachineTarget(xlen) };
      const coverage = new Coverage(xlen);
      const report = new FuzzReport(`lock step, rv${xlen}`);
      for (const kind of PROGRAM_KINDS) {
        const steps = kind === "machine" ? 3000 : 1000;
        const result = await compareRandomPrograms(harts, { xlen, kind, steps }, coverage);
        expect(result.finding).toBeUndefined();
        report.succeeded(result.steps - result.traps);
        report.refused("trapped", result.traps);
      }
      expect(coverage.missing).toEqual([]);
      report.finish();
    },
  );

  it("names the instruction that a hart does wrong, in a program of nothing else", async () => {
    const harts = { reference: new MachineTarget(32), ours: new BadMultiplier(32) };
    const wanted = { xlen: 32, kind: "machine", steps: 20_000 } as const;
    const { finding = "" } = await compareRandomPrograms(harts, wanted, new Coverage(32));
    expect(finding).toMatch(
      /^rv32: x10 is 0x\w+, the reference says 0x\w+\nbehind 0x\w+: \w+ mul a0,/,
    );
    expect(finding.match(/^ {2}0x/gm)).toHaveLength(1);
  });

  it("says which instructions were missing", () => {
    const coverage = new Coverage(32);
    coverage.count(0x00000013, false);
    coverage.count(0x0000000f, true);
    expect(coverage.missing).toContain("fence");
    expect(coverage.missing).not.toContain("addi");
    expect(coverage.text).toMatch(/^1 of the table's \d+ instructions were done, not /);
  });
});

/** Its product is one too large in `a0`. */
class BadMultiplier extends MachineTarget {
  #memory: PlacedProgram["memory"] = [];

  override load(program: PlacedProgram): Promise<void> {
    this.#memory = program.memory;
    return super.load(program);
  }

  override async step(): Promise<void> {
    const state = new Int32Array(256);
    await this.read(state);
    const word = wordAt(this.#memory, (state[PC * 2] ?? 0) >>> 0);
    await super.step();
    if ((word & MUL_MASK) !== MUL || ((word >>> 7) & 31) !== A0) return;
    await this.read(state);
    await this.write(A0, (state[A0 * 2] ?? 0) + 1, 0);
  }
}

describe("GdbRemote", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** A stub that answers each packet by its name, in pieces of so many bytes. */
  async function stub(answers: Readonly<Record<string, string>>, piece = 1000): Promise<GdbRemote> {
    const port = await new Promise<number>((resolve) => {
      const listening = createServer((socket) => {
        socket.on("data", (bytes) => {
          const packets = [...bytes.toString("latin1").matchAll(/\$([^#]*)#([0-9a-f]{2})/g)];
          const text = packets.map(([, name = ""]) => `+$${answers[name] ?? ""}#00`).join("");
          for (let at = 0; at < text.length; at += piece) {
            socket.write(text.slice(at, at + piece), "latin1");
          }
        });
      });
      listening.listen(0, "127.0.0.1", () => {
        const address = listening.address();
        resolve(address !== null && typeof address === "object" ? address.port : 0);
      });
      server = listening;
    });
    return GdbRemote.connect(port);
  }

  it("has an answer for each of many packets, however the bytes come", async () => {
    const gdb = await stub({ g: "0102", p20: "deadbeef" }, 3);
    expect(await gdb.askAll(["g", "p20", "nothing", "g"])).toEqual([
      "0102",
      "deadbeef",
      "",
      "0102",
    ]);
    gdb.close();
  });

  it("reads and writes memory, and says which access is refused", async () => {
    const gdb = await stub({ "m80000000,3": "0aff10", "M80000000,2:0102": "OK", "m0,1": "E14" });
    expect([...(await gdb.readMemory(0x80000000, 3))]).toEqual([10, 255, 16]);
    await gdb.writeMemory(0x80000000, Uint8Array.of(1, 2));
    await expect(gdb.readMemory(0, 1)).rejects.toThrow("m0,1: E14");
    await expect(gdb.writeMemory(0, Uint8Array.of(1))).rejects.toThrow("M0,1:01: ");
    gdb.close();
  });

  it("reads descriptions in pieces, with escaped bytes", async () => {
    const gdb = await stub({
      "qXfer:features:read:a.xml:0,800": "mab}\x03",
      "qXfer:features:read:a.xml:3,800": "ld",
    });
    expect(await gdb.readFeature("a.xml")).toBe("ab#d");
    await expect(gdb.readFeature("b.xml")).rejects.toThrow("no feature b.xml");
    gdb.close();
  });

  it("fails when the peer goes away", async () => {
    const gdb = await stub({});
    const asked = gdb.ask("vKill").then(() => gdb.ask("never"));
    server?.close();
    gdb.close();
    await expect(Promise.race([asked, Promise.resolve("closed")])).resolves.toBe("closed");
    await expect(GdbRemote.connect(1)).rejects.toThrow();
  });
});
