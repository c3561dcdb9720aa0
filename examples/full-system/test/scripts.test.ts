import { measureSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";
import type { TestSystem } from "@cantrip/testing";

/** `autostart.repl` of CantripOS's build for the rpi3. */
const AUTOSTART = `packages
start hello
start keyval
bundles
start logtest
start panic
start timer
bundles
mstats
stop hello
stop keyval
stop logtest
stop panic
stop timer
mstats
`;

/** Commands that start a program, let it run for some milliseconds and stop it. */
const run = (name: string, ms: number): string => `start ${name}\nsleep ${ms}\nstop ${name}\n`;
/** `builtins.repl` of CantripOS's build for nexus and sparrow, without `mltest`. */
const BUILTINS = [
  "builtins\n",
  ...[run("hello", 100), run("fibonacci", 1000), run("keyval", 100), run("logtest", 100)],
  ...[run("panic", 100), run("timer", 2500)],
  "bundles\nmstats\nmstats\n",
].join("");

const applications = builtinApplications();
function bootWith(name: string, script: string): TestSystem {
  const data = new TextEncoder().encode(script);
  return boot({ flash: makeFlash([...applications, { name, data }]) });
}

/** What each line of a script printed, by the prompt behind which the line is echoed. */
function runScript(session: TestSystem, name: string): readonly (readonly [string, string])[] {
  session.discardOutput();
  session.type(`source ${name}\r`);
  const text = session.expectConsole("CANTRIP> EOF\n", 60);
  session.expectPrompt();
  return text
    .split("CANTRIP> ")
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end + 1)];
    });
}

function outputOf(
  results: readonly (readonly [string, string])[],
  line: string,
): readonly string[] {
  return results.filter(([echoed]) => echoed === line).map(([, output]) => output);
}

/** A line of figures of `mstats`. */
const MSTATS =
  /^\d+ bytes in-use, \d+ bytes free, \d+ bytes requested, \d+ overhead\n\d+ objs in-use, \d+ objs requested\n/;

describe("CantripOS's own scripts", () => {
  it("autostart.repl: starts five programs, stops them, and has its memory back", () => {
    const session = bootWith("started.repl", AUTOSTART);
    session.command("builtins");
    const before = inUse(session);
    const results = runScript(session, "started.repl");
    expect(results.map(([line]) => line)).toEqual(AUTOSTART.trim().split("\n"));
    const five = ["hello", "keyval", "logtest", "panic", "timer"];
    for (const name of five) {
      expect(outputOf(results, "packages")[0]).toContain(`${name}.app\n`);
      expect(outputOf(results, `start ${name}`)[0]).toContain(`Bundle "${name}" started.\n`);
      expect(outputOf(results, `stop ${name}`)[0]).toContain(`Bundle "${name}" stopped.\n`);
    }
    for (const output of outputOf(results, "bundles")) expect(output).toContain("hello\n");
    const figures = outputOf(results, "mstats").map((output) => MSTATS.exec(output)?.[0]);
    expect(figures).toHaveLength(2);
    expect(figures).not.toContain(undefined);
    expect(inUse(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("builtins.repl: every program prints what CantripOS's does, and nothing is kept", () => {
    const session = bootWith("builtins.repl", BUILTINS);
    session.command("builtins");
    const before = [inUse(session), measureSystem(session.system).kernelObjects];
    const results = runScript(session, "builtins.repl");
    expect(results.map(([line]) => line)).toEqual(BUILTINS.trim().split("\n"));
    const texts: Readonly<Record<string, readonly (string | RegExp)[]>> = {
      hello: ["I am a C app!\n", "Done, sleeping in infinite loop\n"],
      fibonacci: [/\[ 0\] +0/, /\[ 5\] +5/],
      keyval: [
        "read(foo) failed as expected",
        ...["write ok", "read returned [", "delete ok", "delete ok (for missing key)"],
      ],
      logtest: ["[logtest]::ping!\n", "[logtest]::DONE\n"],
      panic: ["Goodbye, cruel world"],
      timer: [
        ...["sdk_timer_cancel returned", "with nothing running", "Timer 0 started"],
        ...["Timer 0 completed", "Timer completed: mask 0b", "Timer 1 canceld", "DONE!"],
      ],
    };
    for (const [name, expected] of Object.entries(texts)) {
      const from = results.findIndex(([line]) => line === `start ${name}`);
      const printed = results.slice(from, from + 3).map(([, output]) => output);
      expect(printed[0]).toContain(`Bundle "${name}" started.\n`);
      expect(printed[2]).toContain(`Bundle "${name}" stopped.\n`);
      const text = printed.join("");
      for (const part of expected)
        if (typeof part === "string") expect(text, name).toContain(part);
        else expect(text, name).toMatch(part);
    }
    expect(outputOf(results, "bundles")).toEqual([""]);
    const [first, second] = outputOf(results, "mstats");
    expect(first).toMatch(MSTATS);
    expect(second).toBe(first);
    expect([inUse(session), measureSystem(session.system).kernelObjects]).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });
});

describe("a script of the archive", () => {
  it("autostart.repl is run at the start, when there is one", () => {
    const data = new TextEncoder().encode("builtins\necho at the start\n");
    const files = [...applications, { name: "autostart.repl", data }];
    const session = boot({ flash: makeFlash(files) });
    session.advance(0.2);
    expect(session.transcript).toContain(
      "CANTRIP> echo at the start\nat the start\nCANTRIP> EOF\n",
    );
  });
});
