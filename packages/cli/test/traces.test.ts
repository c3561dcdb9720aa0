import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { cantrip, TestFolder } from "./run-cantrip.ts";

const folder = new TestFolder();
afterAll(() => {
  folder.remove();
});

describe("cantrip boot", { timeout: 60_000 }, () => {
  it("prints system calls and messages on stderr, and the console is as ever", () => {
    const script = folder.write("hello.txt", "start hello\nstop hello\n");
    const plain = cantrip("boot", "--script", script);
    const traced = cantrip("boot", "--script", script, "--strace=process_manager");
    expect(traced.stdout).toBe(plain.stdout);
    expect(traced.status).toBe(0);
    expect(traced.stderr).toMatch(
      /^ *\d+\S* debug_console\S* -> process_manager\S*: .*Start.*"hello"/m,
    );
    expect(traced.stderr).toMatch(/LoadApplication.*"hello"/);
    expect(traced.stderr).toMatch(/seL4_TCB_Resume/);
    expect(traced.stderr).not.toMatch(/uart_driver/);
  });

  it("writes a trace for Perfetto", () => {
    const file = folder.file("trace.json");
    const result = cantrip("boot", "--trace", file, "--expect-text", "Global memory");
    expect(result).toMatchObject({ status: 0, stderr: "" });
    const trace = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: { ph: string }[] };
    expect(trace.traceEvents.filter(({ ph }) => ph === "X").length).toBeGreaterThan(30);
  });
});
