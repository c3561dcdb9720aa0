import { extendSystem } from "@cantrip/assembly";
import { type ConsoleExtension, debugConsoleWith, sparrow } from "@cantrip/assembly/cantrip";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { describe, expect, it } from "vitest";

function boot(commands: ConsoleExtension["commands"]): ConsoleSession {
  const session = new ConsoleSession({
    system: extendSystem(sparrow(), {
      replace: { debug_console: { type: debugConsoleWith({ commands }) } },
    }),
  });
  session.waitForPrompt();
  session.advance(0.05);
  session.discardOutput();
  return session;
}

describe("commands of one's own", () => {
  it("stand in for commands of the same name, but not for help", () => {
    const session = boot(() => ({
      *echo(_args, output) {
        yield* output.write("echoes\n");
      },
      *help(_args, output) {
        yield* output.write("no help\n");
      },
    }));
    expect(session.command("echo one")).toBe("echoes\n");
    expect(session.command("help")).toContain("mstats\n");
    expect(session.command("help").match(/^echo$/gm)).toHaveLength(1);
  });

  it("say what they threw, and the console goes on", () => {
    const session = boot(() => ({
      *fail() {
        throw new Error("for a reason");
      },
    }));
    expect(session.command("fail")).toBe("fail failed: for a reason\n");
    expect(session.command("echo on")).toBe("on\n");
  });

  it("see and change what the console's own do", () => {
    const session = boot((environment) => ({
      *louder(_args, output) {
        environment.logLevel = 5;
        yield* output.write(`${environment.thread.birth.name}\n`);
      },
    }));
    expect(session.command("loglevel")).toBe("INFO\n");
    expect(session.command("louder")).toBe("debug_console\n");
    expect(session.command("loglevel")).toBe("TRACE\n");
  });
});
