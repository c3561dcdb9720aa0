import { runTask, type Task, type UserContext } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo, messageLabel, SeL4 } from "@cantrip/sel4-sys";
import { CSpaceSlot, OutOfSlotsError, SlotAllocator } from "@cantrip/slot-allocator";
import { describe, expect, it } from "vitest";

/** A thread whose invocations all get `answer` as their error code. */
function setUp(answer = 0): {
  sel4: SeL4;
  run: <T>(task: Task<T>) => T;
  calls: { service: number; label: number; message: number[] }[];
} {
  const registers = new Uint32Array(32);
  const words = new Map<number, number>();
  const context = {
    register: (index: number) => registers[index] ?? 0,
    setRegister: (index: number, value: number) => (registers[index] = value),
    load32: (address: number) => words.get(address) ?? 0,
    store32: (address: number, value: number) => words.set(address, value),
  } as unknown as UserContext;
  const calls: { service: number; label: number; message: number[] }[] = [];
  const run = <T>(task: Task<T>): T =>
    runTask(task, () => {
      calls.push({
        service: registers[10] ?? 0,
        label: messageLabel(registers[11] ?? 0),
        message: [...registers.subarray(12, 16)],
      });
      registers[11] = messageInfo(answer, 0);
    });
  return { sel4: new SeL4(context, cantrip, 0x1000), run, calls };
}

const { label } = cantrip;

describe("CSpaceSlot", () => {
  it("addresses its slot at depth 32 of the own CNode", () => {
    const { sel4, run, calls } = setUp();
    const slot = new CSpaceSlot(sel4, { slots: new SlotAllocator(50, 60), selfCNode: 2 });
    const other = { root: 9, index: 4, depth: 8 };
    run(slot.dupTo(other));
    run(slot.moveFrom(other));
    expect(calls).toEqual([
      { service: 2, label: label.cnodeCopy, message: [50, 32, 4, 8] },
      { service: 9, label: label.cnodeMove, message: [4, 8, 50, 32] },
    ]);
  });

  it("deletes and frees once when dropped, and not after it was released", () => {
    const { sel4, run, calls } = setUp();
    const slots = new SlotAllocator(50, 60);
    const owner = { slots, selfCNode: 2 };
    const slot = new CSpaceSlot(sel4, owner);
    run(slot.drop());
    run(slot.drop());
    expect(calls).toMatchObject([{ service: 2, label: label.cnodeDelete }]);
    expect(slots.usedSlots).toBe(0);
    const kept = new CSpaceSlot(sel4, owner);
    expect(kept.release()).toBe(50);
    run(kept.drop());
    expect(slots.usedSlots).toBe(1);
  });

  it("tells when there is no slot left", () => {
    const { sel4 } = setUp();
    const owner = { slots: new SlotAllocator(50, 50), selfCNode: 2 };
    expect(() => new CSpaceSlot(sel4, owner)).toThrow(OutOfSlotsError);
  });
});
