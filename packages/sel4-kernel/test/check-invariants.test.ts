import { cantrip } from "@cantrip/sel4-config";
import {
  CapType,
  checkInvariants,
  Kernel,
  KernelInvariantError,
  type KernelPort,
} from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";

const RAM = { base: 0x28000000, size: 0x400000 };

/** A port over plain memory, for a kernel that never runs anything. */
function memoryPort(): KernelPort {
  const words = new Uint32Array(RAM.size / 4);
  return {
    readWord: (paddr) => words[(paddr - RAM.base) / 4] ?? 0,
    writeWord: (paddr, value) => {
      words[(paddr - RAM.base) / 4] = value;
    },
    clearMemory: (paddr, bytes) => {
      words.fill(0, (paddr - RAM.base) / 4, (paddr - RAM.base + bytes) / 4);
    },
    copyToMemory: () => undefined,
    saveContext: () => undefined,
    loadContext: () => undefined,
    waitForInterrupt: () => undefined,
    setRootTable: () => undefined,
    fence: () => undefined,
    claimInterrupt: () => 0,
    completeInterrupt: () => undefined,
    setInterruptMasked: () => undefined,
    isInterruptPending: () => false,
    readTime: () => undefined,
    setDeadline: () => undefined,
    charge: () => undefined,
    putChar: () => undefined,
    halt: () => undefined,
  };
}

function bootedKernel(): Kernel {
  const kernel = new Kernel({
    config: cantrip,
    port: memoryPort(),
    platform: {
      ram: RAM,
      kernelImage: { base: RAM.base, size: 0x28000, bootBytes: 0 },
      kernelDevices: [{ base: 0x60000000, size: 0x4000000 }],
      maxIrq: 33,
      ticksPerUs: 24,
    },
  });
  kernel.boot({
    image: { paddr: RAM.base + 0x28000, size: 0x3000 },
    vaddr: 0x10000,
    entry: 0x10000,
  });
  return kernel;
}

describe("checkInvariants", () => {
  it("accepts a freshly booted kernel", () => {
    expect(() => {
      checkInvariants(bootedKernel().state);
    }).not.toThrow();
  });

  it("finds a thread whose budget belongs to another", () => {
    const { state } = bootedKernel();
    if (state.current.schedContext !== null) state.current.schedContext.tcb = null;
    expect(() => {
      checkInvariants(state);
    }).toThrow(KernelInvariantError);
  });

  it("finds a broken derivation list", () => {
    const { state } = bootedKernel();
    const slot = state.current.slots.find(({ mdbPrev }) => mdbPrev !== null);
    if (slot !== undefined) slot.mdbPrev = null;
    expect(() => {
      checkInvariants(state);
    }).toThrow("names another slot");
  });

  it("finds a child beyond what was carved", () => {
    const { state } = bootedKernel();
    for (const object of state.objectsByPaddr.values()) {
      if (object.kind !== "cnode") continue;
      for (const { cap, mdbNext } of object.slots)
        if (cap.type === CapType.Untyped && mdbNext !== null) cap.freeBytes = 0;
    }
    expect(() => {
      checkInvariants(state);
    }).toThrow("lies beyond what was carved");
  });

  it("finds a thread that runs in another domain's time", () => {
    const { state } = bootedKernel();
    state.scheduler.currentDomain = 1;
    expect(() => {
      checkInvariants(state);
    }).toThrow("runs in the time of domain 1");
  });

  it("finds a thread of a domain that is not there", () => {
    const { state } = bootedKernel();
    state.current.domain = 1;
    expect(() => {
      checkInvariants(state);
    }).toThrow("there is no domain 1");
  });

  it("finds a schedule that starts at its end, does not end, or has an entry that is no turn", () => {
    const { state } = bootedKernel();
    const [first, last] = state.scheduler.domainSchedule;
    if (first === undefined || last === undefined) throw new Error("no schedule");
    first.duration = 0;
    last.domain = 2;
    expect(() => {
      checkInvariants(state);
    }).toThrow(/it starts at its end\n.*entry 1 is no turn\n.*it does not end/);
  });
});
