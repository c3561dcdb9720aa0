import { CapType, ThreadState } from "@cantrip/sel4-kernel";
import { ErrorCode, InitialCap } from "@cantrip/sel4-sys";
import { expect } from "vitest";
import { A0, type KernelWorld } from "./kernel-world.ts";
import { type Delta, testDeltas } from "./profile-table.ts";

const ROOT = InitialCap.InitThreadCNode;
const VSPACE = InitialCap.InitThreadVSpace;
const UNMAPPED = 0x10000000;

/** Numbers from `from` to `to` that a capability does not refuse as no invocation of its own. */
function knownLabels(world: KernelWorld, make: (world: KernelWorld) => number): number[] {
  const known: number[] = [];
  for (let label = 1; label <= 46; label++) {
    // Nothing that was sent suits any of them: what is known is refused for another reason, or done.
    const cptr = make(world);
    const { error } = world.invoke(cptr, label, [0, 0, 0], []);
    if (error !== ErrorCode.IllegalOperation) known.push(label);
  }
  return known;
}

/** The word at an offset of the boot info, as the initial task finds it. */
function bootInfoWord(world: KernelWorld, offset: number): number {
  const cap = world.typed(InitialCap.BootInfoFrame, CapType.Frame);
  return world.port.readWord(cap.paddr + offset);
}

/** Makes system call `number` with the root CNode as its argument; what it printed, or that it is a fault. */
function debugCall(world: KernelWorld, number: number): string {
  world.syscall(number, ROOT);
  if (world.root.state === ThreadState.Inactive) return "fault";
  return (world.port.output.split("\n")[0] ?? "").slice(0, 22);
}

const deltas: readonly Delta[] = [
  {
    what: "invocations of an untyped",
    source: "libsel4/include/interfaces/sel4.xml",
    see: (world) => knownLabels(world, () => world.untyped),
    cantrip: [1, 2],
    upstream: [1],
  },
  {
    what: "how a thread is suspended",
    source: "sel4.xml: TCBSuspend",
    see: (world) => {
      const { slot, tcb } = world.thread({ budget: 1000 });
      return [12, 13].filter((label) => {
        world.must(slot, world.config.label.tcbResume);
        world.invoke(slot, label);
        return tcb.state === ThreadState.Inactive;
      });
    },
    cantrip: [13],
    upstream: [12],
  },
  {
    what: "how a page table is mapped",
    source: "sel4.xml: RISCVPageTableMap",
    see: (world) =>
      [37, 39].filter((label) => {
        const table = world.create(world.config.objectType.pageTable);
        return world.invoke(table, label, [UNMAPPED, 0], [VSPACE]).error === 0;
      }),
    cantrip: [37],
    upstream: [39],
  },
  {
    what: "how a scheduling context is bound",
    source: "sel4.xml: SchedContextBind",
    see: (world) =>
      [32, 34].filter((label) => {
        const sc = world.create(world.config.objectType.schedContext, 8);
        const { slot, tcb } = world.thread({ isStarted: false });
        world.invoke(sc, label, [], [slot]);
        return tcb.schedContext !== null;
      }),
    cantrip: [32],
    upstream: [34],
  },
  {
    what: "how budgets are configured",
    source: "sel4.xml: SchedControlConfigureFlags",
    see: (world) => knownLabels(world, () => world.schedControl()),
    cantrip: [31],
    upstream: [33],
  },
  {
    what: "how an ASID is assigned",
    source: "sel4-arch.xml: RISCVASIDPoolAssign",
    see: (world) =>
      [43, 45].filter((label) => {
        const table = world.create(world.config.objectType.pageTable);
        return world.invoke(InitialCap.InitThreadAsidPool, label, [], [table]).error === 0;
      }),
    cantrip: [43],
    upstream: [45],
  },
  {
    what: "how a frame's address is asked for",
    source: "sel4-arch.xml: RISCVPageGetAddress",
    see: (world) => {
      const frame = world.create(world.config.objectType.page4K);
      return [41, 43].filter((label) => world.invoke(frame, label).error === 0);
    },
    // 41 is Page_Map upstream, which has no arguments here.
    cantrip: [41],
    upstream: [43],
  },
  {
    what: "system call -14",
    source: "syscall.xml; syscall.c: SysDebugDumpCNode",
    see: (world) => debugCall(world, -14),
    cantrip: "|- 001. cap_thread_cap",
    upstream: "Debug halt syscall fro",
  },
  {
    what: "system call -16",
    source: "syscall.xml",
    see: (world) => {
      world.syscall(-16, ROOT);
      return world.port.output === "" ? world.port.registers[A0] : world.port.output.slice(0, 14);
    },
    cantrip: CapType.CNode,
    upstream: "Debug snapshot",
  },
  {
    what: "system call -18",
    source: "syscall.xml",
    see: (world) => {
      world.setBufferWord(world.root, 1, 0x41);
      world.syscall(-18, InitialCap.InitThreadTcb);
      return world.root.name;
    },
    cantrip: "A",
    upstream: "rootserver",
  },
  {
    what: "seL4_DebugDumpCNode of what is no CNode",
    source: "syscall.c: SysDebugDumpCNode",
    see: (world) => {
      world.syscall(world.config.syscall.debugDumpCNode ?? -40, InitialCap.InitThreadTcb);
      return world.root.state === ThreadState.Inactive ? "fault" : world.port.registers[A0];
    },
    cantrip: ErrorCode.InvalidCapability,
    upstream: "fault",
  },
  {
    what: "where the boot info says which slot SchedControl is in",
    source: "libsel4: seL4_BootInfo (kernelReservedBytes)",
    see: (world) => [76, 80].filter((at) => bootInfoWord(world, at) === world.schedControl()),
    cantrip: [80],
    upstream: [76],
  },
  {
    what: "where the boot info's list of untypeds begins",
    source: "libsel4: seL4_BootInfo",
    see: (world) => {
      const starts = (at: number): boolean => {
        const slot = bootInfoWord(world, at - 8);
        const cap = world.cap(slot);
        return cap.type === CapType.Untyped && bootInfoWord(world, at) === cap.paddr;
      };
      return [92, 96].filter(starts);
    },
    cantrip: [96],
    upstream: [92],
  },
  {
    what: "first slot after the initial capabilities",
    source: "libsel4: seL4_NumInitialCaps",
    see: (world) => [world.config.numInitialCaps, world.cap(15).type === CapType.Null],
    cantrip: [15, false],
    upstream: [16, true],
  },
  {
    what: "whether untypeds that something was made of at boot are marked",
    source: "boot.c: create_rootserver_obj (isTainted)",
    see: (world) => {
      const { untyped, untypedList, untypedDescBytes } = world.config.bootInfo;
      const first = bootInfoWord(world, untyped);
      const count = bootInfoWord(world, untyped + 4) - first;
      const marked = Array.from({ length: count }, (_, index) => index).filter(
        (index) =>
          ((bootInfoWord(world, untypedList + index * untypedDescBytes + 4) >>> 16) & 0xff) !== 0,
      );
      // All that is marked is in use, or the memory of the initial task's own image.
      return marked.length > 0;
    },
    cantrip: true,
    upstream: false,
  },
  {
    what: "whose memory the root CNode is",
    source: "boot.c: create_root_cnode from an untyped of its size",
    see: (world) => {
      const cnode = world.typed(ROOT, CapType.CNode).object;
      const inside = Array.from({ length: 200 }, (_, slot) => world.cap(slot)).some(
        (cap) =>
          cap.type === CapType.Untyped &&
          !cap.isDevice &&
          cap.paddr === cnode.paddr &&
          2 ** cap.sizeBits === cnode.slots.length * 16,
      );
      return inside;
    },
    cantrip: true,
    upstream: false,
  },
  {
    what: "digits of a pointer that the kernel prints",
    source: "machine/io.c: printf_core (int w, p; intmax_t w, p)",
    see: (world) => {
      world.trap(12, 0x1234);
      return world.port.output.split("\n")[1];
    },
    cantrip: "vm fault on code at address 0x1234 with status 0x1",
    upstream: "vm fault on code at address 0x00001234 with status 0x00000001",
  },
];

testDeltas("ABI", deltas);

const dumped: Delta = {
  what: "a slot with a child in the same CNode, of seL4_DebugDumpCNode",
  source: "cnode.c: debug_dumpCNode, cap_get_capDescription",
  see: (world) => {
    const endpoint = world.endpoint();
    const copy = world.mint(endpoint, 5);
    const { debugDumpCNode } = world.config.syscall;
    if (debugDumpCNode === undefined) return "none";
    world.syscall(debugDumpCNode, ROOT);
    const name = (slot: number): string => slot.toString(16).padStart(3, "0");
    const line = world.port.output
      .split("\n")
      .find((text) => text.startsWith(`|- ${name(endpoint)}`));
    return line?.replaceAll(name(endpoint), "E").replaceAll(name(copy), "C");
  },
  cantrip: expect.stringMatching(
    /^\|- E\. cap_endpoint_cap \(pptr=0x0x80[0-9a-f]{6}\) \[isFinal=0, isRevokable=1\] -> C\. cap_endpoint_cap \(pptr=0x0x80[0-9a-f]{6}\) \[isFinal=0, isRevokable=1\] -> null$/,
  ),
  upstream: "none",
};

testDeltas("console", [dumped]);
