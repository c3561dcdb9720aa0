import { sparrow } from "@cantrip/assembly/cantrip";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { CapType, checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";

function boot(
  options: Partial<ConstructorParameters<typeof ConsoleSession>[0]> = {},
): ConsoleSession {
  const session = new ConsoleSession({
    system: sparrow(),
    flash: makeFlash(builtinApplications()),
    ...options,
  });
  session.waitForPrompt();
  // What services say when they start may come after the prompt.
  session.advance(0.05);
  session.discardOutput();
  return session;
}

/** Bytes and objects in use, as `mstats` prints them. */
function inUse(session: ConsoleSession): readonly string[] {
  const text = session.command("mstats");
  return [...text.matchAll(/(\d+) (bytes|objs) in-use/g)].map(([whole]) => whole);
}

describe("the console of sparrow", () => {
  it("lists the built-in packages", () => {
    expect(boot().command("builtins")).toBe("fibonacci.app\nhello.app\nlogtest.app\nsuicide.app\n");
  });

  it("starts, shows and stops a RISC-V program, and all of its memory comes back", () => {
    const session = boot();
    const before = inUse(session);
    expect(session.command("start hello")).toContain('Bundle "hello" started.');
    session.waitFor("I am a C app!\n");
    session.waitFor("Done, sleeping in infinite loop\n");
    expect(session.command("bundles")).toContain("hello\n");
    expect(session.command("status hello")).toContain("hello: Running");
    expect(session.command("capscan hello")).toMatch(
      /\|- 000\. cap_thread_cap \(pptr=0x[0-9a-f]+\)/,
    );
    expect(session.command("ps")).toContain("hello");
    expect(inUse(session)).not.toEqual(before);
    expect(session.command("stop hello")).toContain('Bundle "hello" stopped.');
    expect(inUse(session)).toEqual(before);
  });

  it("reports the fault of a program, and everything else goes on", () => {
    const session = boot();
    const before = inUse(session);
    session.command("start suicide");
    session.waitFor("Goodbye, cruel world!\n");
    session.waitFor("[suicide]::virtual-memory fault:\n");
    const report = session.waitFor("Length   0x4");
    expect(report).toMatch(/IP {7}0x000[0-9a-f]{5}/);
    expect(report).toContain("Addr     0x00000000");
    expect(report).toContain("FSR      0x7");
    expect(session.command("stop suicide")).toContain('Bundle "suicide" stopped.');
    expect(inUse(session)).toEqual(before);
    expect(session.command("start logtest")).toContain('Bundle "logtest" started.');
    session.waitFor("[logtest]::ping!\n");
    session.waitFor("[logtest]::DONE\n");
  });

  it("sleeps as long as it is told in virtual time", () => {
    const session = boot();
    const before = session.system.machine.timeMicroseconds;
    session.command("sleep 250");
    const elapsed = session.system.machine.timeMicroseconds - before;
    expect(elapsed).toBeGreaterThanOrEqual(250_000);
    expect(elapsed).toBeLessThan(280_000);
  });

  it("answers bad commands and unknown bundles with one clear line", () => {
    const session = boot();
    expect(session.command("frobnicate")).toBe("unknown command: frobnicate\n");
    expect(session.command("start")).toBe("invalid arguments: start\n");
    expect(session.command("start nothing")).toBe("start failed: BundleNotFound\n");
    expect(session.command("stop nothing")).toBe("stop failed: BundleNotFound\n");
    expect(session.command("source nothing")).toBe("source nothing failed: BundleNotFound\n");
    expect(session.command("status nothing")).toBe("status failed: BundleNotFound\n");
  });

  it("runs a script from the archive", () => {
    const script = new TextEncoder().encode("loglevel warn\nbundles\n");
    const session = boot({
      flash: makeFlash([...builtinApplications(), { name: "demo.repl", data: script }]),
    });
    // Each line of the script is echoed behind a prompt, and so is its end.
    session.command("source demo.repl");
    const output = [1, 2, 3].map(() => session.waitForPrompt()).join("");
    expect(output).toContain("WARN\n");
    expect(output).toContain("EOF");
  });

  it("gives one transcript and one instruction count for one input", () => {
    const run = (): readonly [string, number] => {
      const session = boot();
      session.command("start hello");
      session.command("stop hello");
      return [session.transcript, session.system.machine.instructions];
    };
    expect(run()).toEqual(run());
  });

  it("runs two machines side by side without influence on each other", () => {
    const alone = boot();
    alone.command("start logtest");
    const first = boot();
    const second = boot();
    first.system.type("start logtest\r");
    second.system.type("mstats\r");
    for (let slice = 0; slice < 50; slice++) {
      first.system.run({ maxInstructions: 5000 });
      second.system.run({ maxInstructions: 3000 });
    }
    first.advance(0.2);
    second.advance(0.2);
    expect(first.transcript).toContain("[logtest]::DONE");
    expect(second.transcript).not.toContain("logtest]");
    expect(second.transcript).toContain("bytes in-use");
  });

  it("leaves no memory, object or slot behind after 300 rounds", () => {
    const session = boot();
    session.command("start hello");
    session.command("stop hello");
    const before = inUse(session);
    const objects = session.system.kernel.state.objectsByPaddr.size;
    const slots = slotCount(session);
    for (let round = 0; round < 300; round++) {
      session.command("start hello");
      session.command("stop hello");
      checkInvariants(session.system.kernel.state);
    }
    expect(inUse(session)).toEqual(before);
    expect(session.system.kernel.state.objectsByPaddr.size).toBe(objects);
    expect(slotCount(session)).toBe(slots);
  });
});

/** Slots that hold a capability, in all CNodes. */
function slotCount(session: ConsoleSession): number {
  let count = 0;
  for (const object of session.system.kernel.state.objectsByPaddr.values()) {
    if (object.kind === "cnode")
      count += object.slots.filter(({ cap }) => cap.type !== CapType.Null).length;
  }
  return count;
}

describe("cut tests", () => {
  it("faults a program where its page table entry was cleared", () => {
    const session = boot();
    session.command("start hello");
    session.waitFor("Done, sleeping in infinite loop\n");
    const { machine, kernel } = session.system;
    let tcb = kernel.state.debugThreads;
    while (tcb !== null && tcb.name !== "hello") tcb = tcb.debugNext;
    const vspace = tcb?.slots[1]?.cap;
    if (vspace?.type !== CapType.PageTable) throw new Error("hello has no page table");
    const leaf = Math.floor(machine.readPhysical32(vspace.paddr) / 1024) * 4096;
    const entry = leaf + 0x10 * 4;
    expect(machine.readPhysical32(entry) & 1).toBe(1);
    machine.writePhysical32(entry, 0);
    machine.fenceVma();
    session.waitFor("[hello]::virtual-memory fault:\n");
    const report = session.waitFor("Length");
    expect(report).toMatch(/Addr {5}0x000100[0-9a-f]{2}/);
    expect(report).toContain("Prefetch 0x1");
    expect(session.command("stop hello")).toContain('Bundle "hello" stopped.');
  });

  it("gets no prompt answered without the UART's interrupts", () => {
    const session = new ConsoleSession({
      system: sparrow(),
      flash: makeFlash(builtinApplications()),
      cutUartInterrupts: true,
    });
    session.system.type("builtins\r");
    expect(() => session.waitFor("hello.app", 2)).toThrow("hello.app");
  });

  it("refuses a damaged bundle with one clear error, and leaks nothing", () => {
    const files = builtinApplications().map((file) => {
      if (file.name !== "hello.app") return file;
      const data = file.data.slice();
      data[60] = (data[60] ?? 0) ^ 0xff;
      return { ...file, data };
    });
    const session = boot({ flash: makeFlash(files) });
    const before = inUse(session);
    const output = session.command("start hello");
    expect(output).toContain("start failed: StartFailed\n");
    expect(output).toMatch(/cantrip_proc_manager::start failed: .*CRC/);
    expect(inUse(session)).toEqual(before);
    expect(session.command("start logtest")).toContain("started.");
  });

  it("lists what comes before the damage of a broken archive", () => {
    const flash = makeFlash(builtinApplications()).slice();
    const second = Buffer.from(flash).indexOf("070701", 200);
    flash.fill(0x21, second, second + 6);
    const session = boot({ flash });
    const output = session.command("builtins");
    expect(output).toContain("fibonacci.app\n");
    expect(output).not.toContain("hello.app");
    expect(session.transcript).toContain("built-in archive:");
  });

  it("has no built-in packages without the archive", () => {
    const session = new ConsoleSession({ system: sparrow() });
    session.waitForPrompt();
    session.advance(0.05);
    session.discardOutput();
    expect(session.command("builtins")).toBe("");
  });
});
