import { sparrow } from "@cantrip/assembly/cantrip";
import type { SystemDescription } from "@cantrip/assembly";
import { allObservers, type SystemObserver } from "@cantrip/assembly/riscv";
import { createChromeTrace, createStrace } from "@cantrip/assembly/trace";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { bootSystem } from "@cantrip/testing";
import { beforeAll, describe, expect, test } from "vitest";

interface Run {
  readonly lines: string[];
  readonly transcript: string;
  readonly instructions: number;
  readonly cycles: number;
  readonly syscalls: number;
}

/** Boots, and does what makes every service work. */
function run(
  makeObserver: (write: (line: string) => void) => SystemObserver | undefined,
  system: SystemDescription = sparrow(),
): Run {
  const lines: string[] = [];
  const observer = makeObserver((line) => lines.push(line));
  const session = bootSystem({
    system,
    flash: makeFlash(builtinApplications()),
    ...(observer === undefined ? {} : { observer }),
  });
  session.expectPrompt();
  session.command("start hello");
  session.advance(0.01);
  session.command("mstats");
  session.command("sleep 10");
  session.command("test_mailbox");
  session.command("start logtest");
  session.advance(0.05);
  session.command("start suicide");
  session.advance(0.01);
  const { machine, kernel } = session.system;
  return {
    lines,
    transcript: session.transcript,
    instructions: machine.instructions,
    cycles: machine.cycles,
    syscalls: kernel.syscalls,
  };
}

/** Without the time. */
function texts({ lines }: Run): string[] {
  return lines.map((line) => line.slice(13));
}

/** With `#` for slots: they change whenever a component gets another capability. */
function withoutSlots(text: string): string {
  return text
    .replaceAll(/\d+ (?=endpoint|cnode|reply|notification)/g, "# ")
    .replaceAll(/(?<=cnode: |cptr: )\d+/g, "#");
}

describe("strace of sparrow", () => {
  let traced: Run;
  let shown: string[];
  beforeAll(() => {
    traced = run((write) => createStrace({ write }));
    shown = texts(traced);
  });

  test.each([
    `debug_console:control seL4_Call(# endpoint shell_process_ep badge 1, proc_ctrl.Start("hello")) = blocked`,
    `debug_console:control -> process_manager:proc_ctrl: proc_ctrl.Start("hello") via shell_process_ep badge 1`,
    `process_manager:proc_ctrl -> security_coordinator:security: security.LoadApplication("hello") via multi_security_ep badge 2`,
    `security_coordinator:security -> process_manager:proc_ctrl: security.LoadApplication -> LoadApplicationReply{bundleFrames: {cnode: #, depth: 1, objs: [{type: 7, count: 1, cptr: #}]}} +1 cap`,
    `security_coordinator:security -> debug_console:control: security.LoadApplication -> BundleNotFound`,
    `process_manager:proc_ctrl -> sdk_runtime:sdk_manager: sdk_manager.GetEndpoint("hello") via multi_sdk_manager_ep badge 1`,
    `sdk_runtime:sdk_manager -> process_manager:proc_ctrl: sdk_manager.GetEndpoint -> Success +1 cap`,
    `process_manager:proc_ctrl -> debug_console:control: proc_ctrl.Start -> Success`,
    `security_coordinator:security seL4_Call(# endpoint multi_memory_ep badge 3, memory.Alloc{bundle: {cnode: #, depth: 32, objs: [{type: 4, count: 1, cptr: #}]}, lifetime: Short}, caps [# cnode security_coordinator_cnode]) = blocked`,
    `memory_manager:memory -> security_coordinator:security: memory.Alloc -> Success`,
    `uart_driver:write -> debug_console:control: uart_write.Write -> WriteReply{numWritten: 9}`,
    `timer_service:timer -> debug_console:control: timer.Oneshot -> Success`,
    `logtest -> sdk_runtime:control: sdk.Log{msg: b"ping!"} +1 cap`,
    `sdk_runtime:control -> logtest: sdk.Log -> SDKSuccess`,
  ])("shows %s", (line) => {
    expect(shown.filter((text) => withoutSlots(text).startsWith(line))).not.toHaveLength(0);
  });

  test("shows invocations in the words of the manual, and what they return", () => {
    const retype = shown.find((text) => text.includes("type=seL4_CapTableObject, size_bits=1,"));
    expect(retype).toMatch(
      /^memory_manager:memory seL4_Untyped_Retype\(\d+ untyped @0x[0-9a-f]+ 2\^\d+, type=seL4_CapTableObject, size_bits=1, root=\d+ cnode security_coordinator_cnode, node_index=0, node_depth=0, node_offset=\d+, num_objects=1\) = seL4_NoError$/,
    );
    expect(
      shown.find((text) => text.startsWith("process_manager:proc_ctrl seL4_RISCV_ASIDPool_Assign")),
    ).toMatch(
      /_Assign\(\d+ asid_pool process_manager_asid_pool, vspace=\d+ page_table @0x[0-9a-f]+\) = seL4_NoError$/,
    );
    expect(shown.find((text) => text.includes("seL4_Untyped_Describe"))).toMatch(
      / = seL4_NoError remainingBytes=\S+ sizeBits=\d+$/,
    );
  });

  test("shows what goes to the security core", () => {
    const send = shown.find((text) => text.includes("-> mailbox_driver:api: mailbox.Send"));
    expect(send).toMatch(/mailbox\.Send\{paddr: 0x28[0-9a-f]{6}, size: 68\} via /);
    const recv = shown.find((text) => text.includes("mailbox.Recv -> RecvReply"));
    expect(recv).toMatch(/RecvReply\{paddr: 0x28[0-9a-f]{6}, size: 68\}$/);
  });

  test("shows signals, interrupts and faults", () => {
    expect(shown).toContain("irq 31 -> timer_interrupt_ntfn");
    expect(shown).toContain("timer_service:control seL4_Wait resumed = badge 1");
    const fault = shown.find((text) => text.startsWith("suicide seL4_Fault"));
    expect(fault).toMatch(/^suicide seL4_Fault_VMFault ip=0x1[0-9a-f]{4} addr=\d+ \w+ fsr=\d$/);
    expect(shown.find((text) => text.startsWith("suicide -> sdk_runtime:control"))).toContain(
      "seL4_Fault_VMFault",
    );
  });

  test("shows a line for each system call and each message", () => {
    const calls = shown.filter((text) => /^\S+ seL4_(?!Fault)\w+\(/.test(text));
    const others = shown.filter((text) => !/^(\S+ seL4_|\S+ -> |irq )/.test(text));
    expect(others).toEqual([]);
    expect(calls).toHaveLength(traced.syscalls);
    let messages = 0;
    run(() => ({ observe: () => ({ message: () => messages++ }) }));
    expect(shown.filter((text) => /^\S+ -> \S+: /.test(text))).toHaveLength(messages);
  });

  test("shows every connection that carries traffic, each message decoded", () => {
    const via = new Set(shown.flatMap((text) => / via (\S+)_ep badge [1-9]/.exec(text)?.[1] ?? []));
    expect([...via].sort()).toEqual([
      "multi_logger",
      "multi_memory",
      "multi_sdk_manager",
      "multi_security",
      "read_call",
      "security_coordinator_to_mailbox_api",
      "shell_process",
      "timer_rpc",
      "write_call",
    ]);
    const interrupts = new Set(shown.filter((text) => text.startsWith("irq ")));
    expect([...interrupts].sort()).toEqual([
      "irq 1 -> uart_irq_ntfn",
      "irq 11 -> mailbox_driver_rtirq_ntfn",
      "irq 2 -> uart_rx_watermark_ntfn",
      "irq 3 -> uart_irq_ntfn",
      "irq 31 -> timer_interrupt_ntfn",
    ]);
    const connected = new RegExp(` via (${[...via].join("|")})_ep `);
    const messages = shown.filter((text) => connected.test(text));
    expect(messages.length).toBeGreaterThan(150);
    expect(messages.filter((text) => /\.\?|: label /.test(text))).toEqual([]);
  });

  test("is in the order of virtual time", () => {
    const times = traced.lines.map((line) => Number(line.slice(0, 12)));
    expect(times.every((time, index) => time >= (times[index - 1] ?? 0))).toBe(true);
  });

  test("leaves the run as it is, and so does a Chrome trace", () => {
    const plain = run(() => undefined);
    const watched = run((write) => allObservers(createStrace({ write }), createChromeTrace()));
    for (const other of [plain, watched]) {
      expect(other.transcript).toBe(traced.transcript);
      expect(other.instructions).toBe(traced.instructions);
      expect(other.cycles).toBe(traced.cycles);
      expect(other.syscalls).toBe(traced.syscalls);
    }
    expect(plain.lines).toEqual([]);
    expect(watched.lines).toEqual(traced.lines);
  });

  test("can be of one component", () => {
    const one = run((write) => createStrace({ component: "security_coordinator", write }));
    const wanted = traced.lines.filter((line) =>
      /^security_coordinator:|^\S+ -> security_coordinator:/.test(line.slice(13)),
    );
    expect(wanted.length).toBeGreaterThan(30);
    expect(one.lines).toEqual(wanted);
  });

  test("knows requests only from the description", () => {
    const system = sparrow();
    const { debug_console: shell } = system.components;
    if (shell === undefined) throw new Error("no debug console");
    const type = { ...shell.type, interfaces: {} };
    const components = { ...system.components, debug_console: { type } };
    const blind = texts(run((write) => createStrace({ write }), { ...system, components }));
    const starts = blind.filter((text) => text.includes("-> process_manager:proc_ctrl"));
    expect(starts.length).toBeGreaterThan(0);
    expect(starts.filter((text) => text.includes("proc_ctrl.Start"))).toEqual([]);
    expect(blind.some((text) => text.includes(`security.LoadApplication("hello")`))).toBe(true);
  });
});
