import { readFileSync } from "node:fs";
import { bootSystem, physicalAddressOf, type TestSystem } from "@cantrip/testing";
import "@cantrip/testing/vitest";
import { describe, expect, it } from "vitest";

const elf = (name: string): Uint8Array =>
  readFileSync(new URL(`../../cli/builtins/${name}.elf`, import.meta.url));
const apps = { hello: elf("hello"), logtest: elf("logtest") };

function boot(): TestSystem {
  const system = bootSystem({ apps });
  system.expectPrompt();
  system.advance(0.05);
  return system;
}

/** Virtual address of a text in the image of `hello`. */
function find({ system }: TestSystem, text: string): number {
  for (let page = 0x10000; ; page += 4096) {
    const bytes = system.machine.copyFromPhysical(physicalAddressOf(system, "hello", page), 4096);
    const at = Buffer.from(bytes).indexOf(text);
    if (at >= 0) return page + at;
  }
}

describe("a system under test", () => {
  it("boots, answers and prints in virtual time", () => {
    const system = boot();
    expect(system.command("builtins")).toBe("hello.app\nlogtest.app\n");
    system.command("start logtest");
    system.expectConsole("[logtest]::DONE\n");
    expect(system).toHavePrinted("[logtest]::ping!\n");
    expect(system).toBeSound();
    expect(system).not.toHavePrinted("hello from nowhere");
  });

  it("runs only while a test lets it", () => {
    const system = boot();
    const { machine } = system.system;
    const before = machine.timeMicroseconds;
    system.advance(1.5);
    expect(machine.timeMicroseconds - before).toBe(1_500_000);
    system.type("mstats\r");
    expect(machine.timeMicroseconds - before).toBe(1_500_000);
  });

  it("lists CSpaces and address spaces as they are", () => {
    const system = boot();
    expect(system.cspace("timer_service")).toMatchSnapshot();
    expect(system.addressSpace("timer_service")).toMatchSnapshot();
    system.command("start hello");
    const cspace = system.cspace("hello");
    expect(cspace).toHoldCap(0, "tcb hello");
    expect(() => {
      expect(cspace).toHoldCap(0, "tcb other");
    }).toThrow("slot 0 of hello holds tcb hello; wanted tcb other");
    expect(system.addressSpace("hello").at(0x10000)?.rights).toContain("X");
    expect(() => system.cspace("nobody")).toThrow('no thread or component "nobody"');
  });
});

describe("faults", () => {
  it("of a line: no answer until it is mended", () => {
    const system = boot();
    for (const source of [1, 2, 3]) system.inject({ kind: "drop-interrupt", source });
    system.type("builtins\r");
    expect(() => system.expectConsole("hello.app", 1)).toThrow("hello.app");
    for (const source of [1, 2, 3]) system.inject({ kind: "mend-interrupt", source });
    system.expectConsole("hello.app", 1);
  });

  it("of a page: whoever touches it faults, and everything else goes on", () => {
    const system = boot();
    system.command("start hello");
    system.expectConsole("Done, sleeping in infinite loop\n");
    system.inject({ kind: "lose-page", owner: "hello", address: 0x10000 });
    system.expectConsole("[hello]::virtual-memory fault:\n");
    expect(system.command("stop hello")).toContain("stopped.");
    expect(system).toBeSound();
  });

  it("of a bit: the program has another text", () => {
    const system = boot();
    system.type("start hello\r");
    system.expectConsole("I am a C");
    system.inject({ kind: "bit-flip-at", owner: "hello", address: find(system, "Done,"), bit: 0 });
    system.expectConsole("Eone, sleeping in infinite loop\n");
  });

  it("are refused where there is nothing", () => {
    const system = boot();
    expect(() => {
      system.inject({ kind: "lose-page", owner: "timer_service", address: 0x7000_0000 });
    }).toThrow("timer_service has nothing mapped at 0x70000000");
    expect(() => {
      system.inject({ kind: "bit-flip", paddr: 0x10, bit: 1 });
    }).toThrow(RangeError);
  });
});
