import { describe, expect, it } from "vitest";
import { compareConsoles } from "../console-lines.ts";
import { parseSel4testConsole } from "../sel4test-console.ts";
import { failed, passed } from "../suite.ts";

describe("the console of sel4test", () => {
  it("passes a test that ended without an error, and one that says so", () => {
    const text = [
      "Starting test suite sel4test",
      "Starting test 0: Test that there are tests",
      "Starting test 1: BIND0001",
      "Running test BIND0001 (Test that a bound tcb waiting on a sync endpoint receives)",
      "\tTest BIND0001 passed",
      "Test suite passed. 2 tests passed. 46 tests disabled.",
      "All is well in the universe",
    ].join("\r\n");
    expect(parseSel4testConsole(text)).toEqual([
      passed("Test that there are tests"),
      passed("BIND0001"),
      passed("Test suite"),
    ]);
  });

  it("fails a test with an error, and one that is said to have failed", () => {
    const text = [
      "Starting test 1: IPC0001",
      "\tError: result == SUCCESS at line 217 of file main.c",
      "\x1b[31mStarting test 2: IPC0002\x1b[0m",
      "\tTest IPC0002 failed",
      "Test suite failed. 0/2 tests passed.",
    ].join("\n");
    expect(parseSel4testConsole(text)).toEqual([
      failed("IPC0001", "result == SUCCESS at line 217 of file main.c"),
      failed("IPC0002", "failed"),
      failed("Test suite", "Test suite failed. 0/2 tests passed."),
    ]);
  });

  it("fails the test in which the console breaks off, whatever it has said", () => {
    const text = "Starting test 1: IPC0001\nTest IPC0001 passed\n";
    expect(parseSel4testConsole(text)).toEqual([failed("IPC0001", "the console breaks off")]);
  });

  it("finds a test that starts behind what another one printed", () => {
    const text =
      "Starting test 6: SYSCALL0006\n   Starting test 7: SYSCALL0010\nTest suite passed.\n";
    expect(parseSel4testConsole(text).slice(0, 2)).toEqual([
      passed("SYSCALL0006"),
      passed("SYSCALL0010"),
    ]);
  });

  it("finds no test in other text", () => {
    expect(parseSel4testConsole("Test IPC0001 passed\nError: none\n")).toEqual([]);
  });
});

describe("the consoles of a kernel and of the model", () => {
  const message = "\x1b[0m\x1b[30;1m<<\x1b[0m\x1b[32mseL4(CPU 0)\x1b[30;1m [x]: no\n.>>\x1b[0m\r\n";

  it("are compared line by line, without what the kernel says itself", () => {
    expect(
      compareConsoles(
        "k",
        `Hello\r\nslots 3\r\n${message}slots 4\r\n`,
        "Hello\nslots 3\nslots 5\n",
      ),
    ).toEqual([
      passed("k/Hello"),
      passed("k/slots"),
      failed("k/slots (2)", "the model: slots 5; the kernel: slots 4"),
    ]);
  });

  it("differ when one prints more", () => {
    expect(compareConsoles("k", "a\n", "a\nb\n")[1]?.outcome).toBe("failed");
    expect(compareConsoles("k", "a\nb\n", "a\n")[1]?.outcome).toBe("failed");
  });
});
