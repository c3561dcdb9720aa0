import { describe, expect, it } from "vitest";
import { boot } from "./sparrow-session.ts";

describe("loglevel", () => {
  it("of all records is CantripOS's", () => {
    const session = boot();
    expect(session.command("loglevel")).toBe("INFO\n");
    expect(session.command("loglevel WARN")).toBe("WARN\n");
    expect(session.command("loglevel loud")).toBe("Unknown log level loud\nWARN\n");
    expect(session.command("loglevel a b c")).toBe("invalid arguments: loglevel\n");
  });

  it("of a target is for its records only", () => {
    const session = boot();
    const logs = (): boolean => {
      session.command("start logtest");
      session.advance(0.2);
      session.command("stop logtest");
      const isLogged = session.transcript.slice(length).includes("[logtest]::DONE");
      ({ length } = session.transcript);
      return isLogged;
    };
    let { length } = session.transcript;
    expect(logs()).toBe(true);
    expect(session.command("loglevel [logtest] off")).toBe("INFO\n  [logtest] OFF\n");
    expect(logs()).toBe(false);
    session.command("start suicide");
    session.expectConsole("[suicide]::virtual-memory fault:");
    session.command("loglevel off");
    expect(session.command("loglevel [logtest] info")).toBe("OFF\n  [logtest] INFO\n");
    expect(logs()).toBe(true);
    expect(session.command("loglevel [logtest] loud")).toContain("Unknown log level loud\n");
    expect(session.command("loglevel [logtest] default")).toBe("OFF\n");
    expect(logs()).toBe(false);
  });
});

describe("capscan", () => {
  it("dumps the CSpace of every target, and lists them", () => {
    const session = boot();
    session.command("start hello");
    session.expectConsole("infinite loop\n");
    const list = session.command("capscan");
    const targets = [...list.matchAll(/^ {2}(\w+) \((\w+)\)$/gm)].map(([, name]) => name ?? "");
    expect(targets.join(" ")).toBe("console memory process mlcoord sdk security timer");
    expect(list).toMatch(/^capscan <target>, where <target> is one of:\n/);
    expect(list).toMatch(/\nanything else is treated as a bundle_id\n$/);
    const instances: Readonly<Record<string, string>> = {
      ...{ console: "debug_console", memory: "memory_manager", process: "process_manager" },
      ...{ mlcoord: "ml_coordinator", sdk: "sdk_runtime", security: "security_coordinator" },
      ...{ timer: "timer_service", hello: "hello" },
    };
    for (const target of [...targets, "hello"]) {
      const lines = session.command(`capscan ${target}`).match(/^\|- .*$/gm) ?? [];
      // A slot in which a capability is during the request alone may be there, too.
      const used = session.cspace(instances[target] ?? "").slots.length;
      expect(lines.length, target).toBe(used);
    }
    expect(session.command("capscan nothing")).toBe("nothing: BundleNotFound\n");
    session.command("stop hello");
    expect(session.command("capscan hello")).toBe("hello: BundleNotRunning\n");
    expect(session.command("capscan a b")).toBe("invalid arguments: capscan\n");
  });
});
