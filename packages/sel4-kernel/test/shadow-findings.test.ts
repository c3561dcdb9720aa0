import { cantrip, upstream } from "@cantrip/sel4-config";
import {
  CapType,
  CONTEXT_FAULT_PC,
  CONTEXT_PC,
  type Tcb,
  TcbSlot,
  ThreadState,
} from "@cantrip/sel4-kernel";
import { InitialCap } from "@cantrip/sel4-sys";
import { describe, expect, test } from "vitest";
import { KernelWorld, TICKS_PER_US, TIMER } from "./kernel-world.ts";

const ROOT = InitialCap.InitThreadCNode;
const VSPACE = InitialCap.InitThreadVSpace;
/** Valid, accessed, dirty. */
const VALID = 1;
const ACCESSED_DIRTY = 0xc0;

/** What `pnpm test:shadow` found: real kernels do this, and the model once did not. */
describe("as real kernels do", () => {
  test("the initial thread's IPC buffer stays mapped when it gets another", () => {
    const world = new KernelWorld();
    const { label, objectType } = world.config;
    const old = world.typed(InitialCap.InitThreadIpcBuffer, CapType.Frame);
    expect(world.root.slots[TcbSlot.Buffer]?.cap).toMatchObject({ asid: 0, vaddr: 0 });
    const table = world.typed(VSPACE, CapType.PageTable);
    const frame = world.create(objectType.page4K);
    const vaddr = old.vaddr + 0x3000;
    world.must(frame, label.riscvPageMap, [vaddr, 3, 0], [VSPACE]);
    const root = world.port.readWord(table.paddr + (old.vaddr >>> 22) * 4);
    const entry = (root >>> 10) * 4096 + ((old.vaddr >>> 12) & 0x3ff) * 4;
    const before = world.port.readWord(entry);
    expect(before & VALID).toBe(VALID);
    world.must(InitialCap.InitThreadTcb, label.tcbSetIPCBuffer, [vaddr], [frame]);
    expect(world.port.readWord(entry)).toBe(before);
  });

  test.each([
    [cantrip, VALID | ACCESSED_DIRTY],
    [upstream, VALID],
  ])("an entry that names a page table: $name", (config, bits) => {
    const world = new KernelWorld(config);
    const { label, objectType } = config;
    const table = world.create(objectType.pageTable);
    world.must(table, label.riscvPageTableMap, [0x8000000, 0], [VSPACE]);
    const root = world.typed(VSPACE, CapType.PageTable).paddr;
    expect(world.port.readWord(root + (0x8000000 >>> 22) * 4) & 0x3ff).toBe(bits);
    // That of the boot, for the initial task's own pages.
    expect(world.port.readWord(root) & 0x3ff).toBe(bits);
  });

  test("an untyped of one chunk is reset at a preemption point", () => {
    const world = new KernelWorld();
    const { label, objectType, settings } = world.config;
    const untyped = world.create(objectType.untyped, settings.resetChunkBits);
    const endpoint = world.create(objectType.endpoint, 0, untyped);
    world.must(ROOT, label.cnodeDelete, [endpoint, 32]);
    const before = world.kernel.state.workUnits;
    world.create(objectType.endpoint, 0, untyped);
    expect(world.kernel.state.workUnits).toBe(before + 1);
  });

  test("on the fork a budget that is released early to an idle kernel counts from then on", () => {
    const world = new KernelWorld(cantrip);
    const thread = world.thread({ priority: 50, budget: 1000, period: 10_000 });
    world.rest();
    world.expectRunning(thread);
    world.pass(990);
    world.trap(TIMER);
    expect(world.port.isWaiting).toBe(true);
    const context = world.schedContext(thread.sc);
    const due = context.refills[0]?.time ?? 0;
    // The fork finds a refill ready when it is due within the time of a kernel entry.
    world.port.time = due - TICKS_PER_US;
    world.trap(TIMER);
    world.expectRunning(thread);
    expect(context.refills[0]?.time).toBe(due - TICKS_PER_US);
  });

  test("an answered fault changes where the thread goes on when it runs, not before", () => {
    const world = new KernelWorld();
    const { syscall } = world.config;
    const endpoint = world.endpoint();
    const reply = world.reply();
    const handler = world.thread({ priority: 60, budget: 1000 });
    const faulty = world.thread({ priority: 50, budget: 1000, faultHandler: endpoint });
    world.rest();
    world.expectRunning(handler);
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(faulty);
    const call = faulty.pc;
    // Not an endpoint: a capability fault of the system call.
    world.syscall(syscall.recv, faulty.slot, { reply });
    world.expectRunning(handler);
    expect(pcsOf(faulty.tcb)).toEqual([call, call + 4]);
    world.syscall(syscall.send, reply);
    expect(faulty.tcb.state).toBe(ThreadState.Restart);
    expect(pcsOf(faulty.tcb)).toEqual([call, call + 4]);
    world.syscall(syscall.recv, endpoint, { reply });
    world.expectRunning(faulty);
    expect(pcsOf(faulty.tcb)[1]).toBe(call);
  });
});

/** Where the fault was, and where the thread goes on. */
function pcsOf({ context }: Tcb): number[] {
  return [context[CONTEXT_FAULT_PC] ?? 0, context[CONTEXT_PC] ?? 0];
}
