import { builtinApplications, makeFlash } from "@cantrip/cli";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

describe("the console of sparrow", () => {
  it("lists the built-in packages", () => {
    expect(boot().command("builtins")).toBe(
      "fibonacci.app\nhello.app\nkeyval.app\nlogtest.app\nmltest.app\npanic.app\nsuicide.app\ntimer.app\nxor.model\n",
    );
  });

  it("starts, shows and stops a RISC-V program, and all of its memory comes back", () => {
    const session = boot();
    const before = inUse(session);
    expect(session.command("start hello")).toContain('Bundle "hello" started.');
    session.expectConsole("I am a C app!\n");
    session.expectConsole("Done, sleeping in infinite loop\n");
    expect(session.command("bundles")).toContain("hello\n");
    expect(session.command("status hello")).toContain("hello: Running");
    expect(session.command("capscan hello")).toMatch(
      /\|- 000\. cap_thread_cap \(pptr=0x0x[0-9a-f]+\)/,
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
    session.expectConsole("Goodbye, cruel world!\n");
    session.expectConsole("[suicide]::virtual-memory fault:\n");
    const report = session.expectConsole("Length   0x4");
    expect(report).toMatch(/IP {7}0x000[0-9a-f]{5}/);
    expect(report).toContain("Addr     0x00000000");
    expect(report).toContain("FSR      0x7");
    expect(session.command("stop suicide")).toContain('Bundle "suicide" stopped.');
    expect(inUse(session)).toEqual(before);
    expect(session.command("start logtest")).toContain('Bundle "logtest" started.');
    session.expectConsole("[logtest]::ping!\n");
    session.expectConsole("[logtest]::DONE\n");
  });

  it("sleeps as long as it is told in virtual time", () => {
    const session = boot();
    const before = session.system.machine.timeMicroseconds;
    session.command("sleep 250");
    const elapsed = session.system.machine.timeMicroseconds - before;
    expect(elapsed).toBeGreaterThanOrEqual(250_000);
    expect(elapsed).toBeLessThan(280_000);
  });

  it("sleeps as long as it is told although another timer completes before", () => {
    const session = boot();
    session.command("test_timer_async 1 10");
    const before = session.system.machine.timeMicroseconds;
    session.command("sleep 250");
    expect(session.system.machine.timeMicroseconds - before).toBeGreaterThanOrEqual(250_000);
    expect(session.command("test_timer_completed")).toContain("0b000000000000000000000000000010");
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
    const output = [1, 2, 3].map(() => session.expectPrompt()).join("");
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
});
