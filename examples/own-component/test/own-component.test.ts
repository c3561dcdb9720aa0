import { readdirSync, readFileSync } from "node:fs";
import { buildBootImage, checkSystem, withComponent } from "@cantrip/assembly";
import { componentTypes, sparrow } from "@cantrip/assembly/cantrip";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { ErrorCode } from "@cantrip/sel4-sys";
import { bootSystem, type TestOptions, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { system } from "../src/system.ts";

function boot(options: TestOptions = {}): TestSystem {
  const session = bootSystem({ system, flash: makeFlash(builtinApplications()), ...options });
  session.expectPrompt();
  // What services say when they start may come after the prompt.
  session.advance(0.05);
  session.discardOutput();
  return session;
}

/** Lines of the sources; `main.ts` only boots. */
function sourceLines(): number {
  const folder = new URL("../src/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name !== "main.ts")
    .map((name) => readFileSync(new URL(name, folder), "utf8").trimEnd().split("\n").length)
    .reduce((sum, lines) => sum + lines, 0);
}

describe("a component and a command of one's own", () => {
  it("take at most 80 lines", () => {
    const lines = sourceLines();
    console.log(`component, interface, command and system: ${lines} lines`);
    expect(lines).toBeGreaterThan(20);
    expect(lines).toBeLessThanOrEqual(80);
  });

  it("count, and keep the total", () => {
    const session = boot();
    expect(session.transcript).toContain("counter::ready\n");
    expect(session.command("count 5")).toBe("total 5\n");
    expect(session.command("count 37")).toBe("total 42\n");
    expect(session.command("count 4294967253")).toBe("total 4294967295\n");
    expect(session.command("count 1")).toBe("count failed: Overflow\n");
    expect(session.command("count 0")).toBe("total 4294967295\n");
  });

  it("are in the list of commands, beside all of CantripOS's", () => {
    const plain = boot({ system: sparrow() }).command("help").split("\n");
    expect(plain).not.toContain("count");
    const ours = boot().command("help").split("\n");
    expect(ours.filter((name) => name !== "count")).toEqual(plain);
    expect(ours.filter((name) => name === "count")).toHaveLength(1);
  });

  it.each(["count", "count five", "count -1", "count 4294967296", "count 1 2"])(
    "refuse %j",
    (line) => {
      const session = boot();
      expect(session.command(line)).toBe("invalid arguments: count\n");
      expect(session.command("count 2")).toBe("total 2\n");
    },
  );

  it("leave the other commands as they are", () => {
    const [session, plain] = [boot(), boot({ system: sparrow() })];
    const lines = [
      "echo count 5",
      "add 1 2",
      "loglevel",
      "xyzzy",
      "builtins",
      "start hello",
      "bundles",
    ];
    for (const line of lines) expect(session.command(line), line).toBe(plain.command(line));
    expect(session.command("bundles")).toBe("hello\n");
    expect(session.command("mstats")).toMatch(/^\d+ bytes in-use, \d+ bytes free/);
    session.command("count 5");
    expect(session.command("ps")).toContain("counter");
  });

  it("get an error and the prompt back without the endpoint's capability", () => {
    const image = buildBootImage(system);
    const objects = image.spec.objects.map((object) =>
      object.kind === "cnode" && object.name === "debug_console_cnode"
        ? {
            ...object,
            slots: object.slots.filter(
              ({ cap }) => cap.kind !== "object" || cap.object !== "shell_counter_ep",
            ),
          }
        : object,
    );
    expect(objects).not.toEqual(image.spec.objects);
    const session = boot({ image: buildBootImage(system, { spec: { ...image.spec, objects } }) });
    expect(session.command("count 5")).toBe(`count failed: error ${ErrorCode.InvalidCapability}\n`);
    expect(session.command("echo still here")).toBe("still here\n");
  });

  it("are a mistake of the description when nothing connects the console to the counter", () => {
    const connections = system.connections.filter(({ name }) => name !== "shell_counter");
    expect(checkSystem({ ...system, connections }).map(({ where }) => where)).toEqual([
      "debug_console.counter",
    ]);
  });

  it("are gone with CantripOS's own console", () => {
    const connections = system.connections.filter(({ name }) => name !== "shell_counter");
    const plain = withComponent({ ...system, connections }, "debug_console", {
      type: componentTypes.debugConsole,
    });
    expect(boot({ system: plain }).command("count 5")).toBe("unknown command: count\n");
  });
});
