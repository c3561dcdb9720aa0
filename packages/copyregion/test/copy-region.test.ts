import { CopyRegion } from "@cantrip/copyregion";
import { runTask, type Task, type UserContext } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { ErrorCode, InvocationError, messageInfo, messageLabel, SeL4 } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";

const ADDRESS = 0x8000;
const VSPACE = 3;

/** A region, and a kernel that refuses to map frame 13. */
function setUp(): { region: CopyRegion; run: <T>(task: Task<T>) => T; calls: unknown[] } {
  const registers = new Uint32Array(32);
  const memory = new Uint8Array(0x10000);
  const view = new DataView(memory.buffer);
  const context = {
    register: (index: number) => registers[index] ?? 0,
    setRegister: (index: number, value: number) => (registers[index] = value),
    store32: (address: number, value: number) => {
      view.setUint32(address, value, true);
    },
    copyIn: (address: number, target: Uint8Array) => {
      target.set(memory.subarray(address, address + target.length));
    },
    copyOut: (address: number, source: Uint8Array) => {
      memory.set(source, address);
    },
  } as unknown as UserContext;
  const calls: unknown[] = [];
  const run = <T>(task: Task<T>): T =>
    runTask(task, () => {
      const frame = registers[10] ?? 0;
      const isMap = messageLabel(registers[11] ?? 0) === cantrip.label.riscvPageMap;
      calls.push(isMap ? ["map", frame, ...registers.subarray(12, 15)] : ["unmap", frame]);
      registers[11] = messageInfo(isMap && frame === 13 ? ErrorCode.InvalidCapability : 0, 0);
    });
  const region = new CopyRegion(new SeL4(context, cantrip, 0x1000), VSPACE, ADDRESS);
  return { region, run, calls };
}

describe("CopyRegion", () => {
  it("maps readable, writable and not executable; one frame at a time", () => {
    const { region, run, calls } = setUp();
    run(region.map(11));
    run(region.map(12));
    run(region.unmap());
    run(region.unmap());
    expect(calls).toEqual([
      ["map", 11, ADDRESS, 3, 1],
      ["unmap", 11],
      ["map", 12, ADDRESS, 3, 1],
      ["unmap", 12],
    ]);
  });

  it("holds nothing after a refusal", () => {
    const { region, run } = setUp();
    run(region.map(11));
    expect(() => {
      run(region.map(13));
    }).toThrow(InvocationError);
    expect(region.frame).toBeUndefined();
  });

  it("reads and writes at its address", () => {
    const { region, run } = setUp();
    run(region.map(11));
    region.write(4, Uint8Array.of(1, 2, 3));
    const read = new Uint8Array(4);
    region.read(3, read);
    expect([...read]).toEqual([0, 1, 2, 3]);
  });
});
