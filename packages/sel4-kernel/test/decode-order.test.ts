import { cantrip, upstream } from "@cantrip/sel4-config";
import { CapRights, ErrorCode, InitialCap, LookupFailureType } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";
import { A2, KernelWorld } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const VSPACE = InitialCap.InitThreadVSpace;
const BUFFER = 0x70000000;

// Found by random invocations that were compared with the real kernel (tools/oracles/programs/random-invocations.c).
describe.each([cantrip, upstream])("the order in which the kernel checks: $name", (config) => {
  const { label, objectType } = config;

  it("CNode_Mint looks for its source before it misses rights and badge", () => {
    const world = new KernelWorld(config);
    const words = [world.freeSlot(), 32, 5, 32];
    const wrongRoot = world.invoke(ROOT, label.cnodeMint, words, [VSPACE]);
    expect(wrongRoot.error).toBe(ErrorCode.FailedLookup);
    expect(wrongRoot.words).toEqual([1, LookupFailureType.InvalidRoot]);
    expect(world.invoke(ROOT, label.cnodeMint, words, [ROOT]).error).toBe(
      ErrorCode.TruncatedMessage,
    );
    expect(world.invoke(ROOT, label.cnodeMint, words.slice(0, 3), [VSPACE]).error).toBe(
      ErrorCode.TruncatedMessage,
    );
  });

  it("Untyped_Retype into something deeper than a capability that is no CNode has bits left over", () => {
    const world = new KernelWorld(config);
    const inner = world.create(objectType.capTable, 5);
    const leaf = world.endpoint();
    world.must(inner, label.cnodeCopy, [3, 5, leaf, 32, CapRights.All], [ROOT]);
    // One level of five bits leads to the endpoint; three are left.
    const words = [objectType.endpoint, 0, 3 << 3, 8, 0, 1];
    expect(world.invoke(world.untyped, label.untypedRetype, words, [inner])).toEqual({
      error: ErrorCode.FailedLookup,
      length: 4,
      words: [0, LookupFailureType.DepthMismatch, 3, 0],
    });
  });

  it("TCB_Configure looks at the IPC buffer's frame first", () => {
    const world = new KernelWorld(config);
    const { slot } = world.thread({ isStarted: false });
    const untyped = world.create(objectType.untyped, 12);
    world.create(objectType.endpoint, 0, untyped);
    const configure = (buffer: number): number =>
      world.invoke(slot, label.tcbConfigure, [0, 0, buffer], [VSPACE, VSPACE, untyped]).error;
    expect(configure(BUFFER)).toBe(ErrorCode.RevokeFirst);
    expect(configure(0)).toBe(ErrorCode.IllegalOperation);
  });

  it.each(["tcbConfigure", "tcbSetSpace"] as const)(
    "%s refuses to replace the last capability to a CSpace",
    (invocation) => {
      const world = new KernelWorld(config);
      const { slot } = world.thread({ isStarted: false });
      const frame = world.create(objectType.page4K);
      const own = world.create(objectType.capTable, 4);
      const isConfigure = invocation === "tcbConfigure";
      const set = (cspace: number): number =>
        world.invoke(
          slot,
          label[invocation],
          isConfigure ? [0, 0, BUFFER] : [0, 0],
          isConfigure ? [cspace, VSPACE, frame] : [0, cspace, VSPACE],
        ).error;
      expect(set(own)).toBe(0);
      expect(set(ROOT)).toBe(0);
      expect(set(own)).toBe(0);
      world.must(ROOT, label.cnodeDelete, [own, 32]);
      expect(set(ROOT)).toBe(ErrorCode.IllegalOperation);
    },
  );

  it("RISCV_Page_Map misses the end of the address space when the last byte's address wraps around", () => {
    const world = new KernelWorld(config);
    const frame = world.create(objectType.page4K);
    const map = (address: number): number =>
      world.invoke(frame, label.riscvPageMap, [address, CapRights.All, 0], [VSPACE]).error;
    expect(map(0xfffff001)).toBe(ErrorCode.AlignmentError);
    expect(map(0xfffff000)).toBe(ErrorCode.InvalidArgument);
    expect(map(0x80000001)).toBe(ErrorCode.InvalidArgument);
  });

  it("SchedContext_Consumed does not count what was not charged yet", () => {
    const world = new KernelWorld(config);
    world.syscall(config.syscall.yield, 0);
    world.must(InitialCap.InitThreadSchedContext, label.schedContextConsumed);
    world.pass(30);
    world.invoke(InitialCap.InitThreadSchedContext, label.schedContextConsumed);
    expect(world.port.registers[A2]).toBe(0);
    world.syscall(config.syscall.yield, 0);
    world.invoke(InitialCap.InitThreadSchedContext, label.schedContextConsumed);
    expect(world.port.registers[A2]).toBe(30);
  });
});
