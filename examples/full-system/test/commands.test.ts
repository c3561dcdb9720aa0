import { measureSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { beforeEach, describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

const script = { name: "demo.repl", data: new TextEncoder().encode("echo from a script\n") };
/** A line for every command, and what it prints. Those that need others before them come after them. */
const LINES: readonly (readonly [string, RegExp])[] = [
  ["?", /^\?\nadd\n/],
  ["add 0.1 0.2", /^0\.3\n$/],
  ["builtins", /^demo\.repl\nfibonacci\.app\n/],
  ["start hello", /^Bundle "hello" started\.\n/],
  ["bundles", /hello\n$/],
  ["capscan console", /cap_cnode_cap/],
  ["clear", /^.c$/],
  ["echo a  b c", /^a b c\n$/],
  ["get_manifest hello", /^\n$/],
  ["help", /^\?\nadd\n/],
  ["install", /^invalid arguments: install\n$/],
  ["kvwrite hello key some words", /^Write key "key" = "some words"\.\n$/],
  ["kvread hello key", /^Read key "key" = \[115, 111, 109, 101, 32, .*, 0\]\.\n$/],
  ["kvdelete hello key", /^Delete key "key"\.\n$/],
  [
    "load_application hello",
    /^ObjDescBundle \{ cnode: \d+, depth: 1, objs: \[ObjDesc \{ type_: seL4_RISCV_4K_Page, count: 1, cptr: 0 \}\] \}\n$/,
  ],
  ["load_model x hello.app", /^ObjDescBundle \{ cnode: \d+, /],
  ["loglevel", /^INFO\n$/],
  ["mdebug", /available/],
  ["mldebug", /running: none\n/],
  ["mstats", /bytes in-use/],
  ["packages", /hello\.app\n/],
  ["ps", /debug_console/],
  ["rz", /^zmodem uploads are not implemented yet\n$/],
  ["scecho to  the coordinator", /^to the coordinator\n$/],
  ["size_buffer hello", /^\d+\n$/],
  ["sleep 5", /^$/],
  ["source demo.repl", /^$/],
  ["status hello", /^hello: Running\n$/],
  ["stop hello", /^Bundle "hello" stopped\.\n$/],
  ["test_alloc", /^heap_value at 0x[0-9a-f]+\n[^]*reference count is 1 now\nAll tests passed!\n$/],
  ["test_alloc_error", /^memory allocation error\n$/],
  ["test_mailbox", /^Test mailbox OK\.\n$/],
  ["test_malloc 4096", /^Allocated ObjDescBundle \{ cnode: 1, depth: 32, /],
  ["test_mfree 1 1", /^invalid arguments: test_mfree\n$/],
  ["test_mlexecute shell xor.model", /^$/],
  ["test_mlperiodic shell xor.model 1000", /^$/],
  ["test_mlcancel shell xor.model", /^Cancelled "shell" "xor\.model"\n$/],
  ["test_obj_alloc", /Batch alloc ok: [^]*All tests passed!\n$/],
  ["test_timer_async 3 10", /^Starting timer 3 for 10 ms\.\n$/],
  ["test_timer_blocking 20", /^Blocking 20 ms waiting for timer\.\nTimer completed\.\n$/],
  ["test_timer_completed", /^Timers completed: 0b[01]{30}\n$/],
  ["test_uart", /^testing\.\.\.\n(ok){256}\n(no){257}Success!\n$/],
  ["uninstall hello", /^uninstall failed: \w+\n$/],
];
/** Ends the console. */
const FATAL = "test_panic";

describe("every command of the console", () => {
  it("is listed by help, is in this test, and works", () => {
    const session = boot({ flash: makeFlash([...builtinApplications(), script]) });
    const listed = session.command("help").trim().split("\n");
    const tried = new Set([...LINES.map(([line]) => line.split(" ")[0]), FATAL]);
    expect([...tried].sort()).toEqual(listed);
    for (const [line, wanted] of LINES) {
      const output = session.command(line);
      expect(output, line).toMatch(wanted);
      if (line.startsWith("source")) {
        session.expectConsole("from a script\n");
        session.expectPrompt();
        session.expectPrompt();
      }
      // What a program or the log prints may come later.
      session.advance(0.02);
      session.discardOutput();
    }
    checkInvariants(session.system.kernel.state);
  });
});

describe("test commands", () => {
  let session = boot();
  beforeEach(() => {
    session = boot();
  });

  it("allocate frames and free them, and only those", () => {
    session.command("mstats");
    const before = inUse(session);
    const output = session.command("test_malloc 9000");
    const cptr = Number(/count: 3, cptr: (\d+)/.exec(output)?.[1]);
    expect(inUse(session)).not.toEqual(before);
    expect(session.command(`test_mfree ${cptr + 2} 2`)).toBe("invalid arguments: test_mfree\n");
    expect(session.command(`test_mfree ${cptr} 3`)).toContain("Free'd ObjDescBundle");
    expect(session.command(`test_mfree ${cptr} 3`)).toBe("invalid arguments: test_mfree\n");
    expect(inUse(session)).toEqual(before);
    expect(session.command("test_malloc 100000000")).toMatch(/^(malloc|test_malloc) failed: /);
    expect(inUse(session)).toEqual(before);
  });

  it("give back all objects and slots", () => {
    session.command("test_obj_alloc");
    const before = [inUse(session), measureSystem(session.system).slots];
    session.command("test_obj_alloc");
    session.command("load_application fibonacci");
    expect([inUse(session), measureSystem(session.system).slots]).toEqual(before);
  });

  it("report what a service refuses", () => {
    expect(session.command("load_application nothing")).toBe(
      "LoadApplication failed: BundleNotFound\n",
    );
    expect(session.command("size_buffer nothing")).toBe("SizeBuffer failed: BundleNotFound\n");
    expect(session.command("get_manifest nothing")).toBe("GetManifest failed: BundleNotFound\n");
    expect(session.command("kvread a b")).toBe('Read key "b" failed: KeyNotFound\n');
    expect(session.command("uninstall nothing")).toBe("uninstall failed: BundleNotFound\n");
    expect(session.command("install -z")).toBe("zmodem uploads are not implemented yet\n");
    expect(session.command("install hello")).toBe("install only supports zmodem uploads\n");
    expect(session.command("test_timer_async 99 1")).toBe(
      "Starting timer 99 for 1 ms.\ncantrip_timer_oneshot failed: NoSuchTimer\ninvalid arguments: test_timer_async\n",
    );
    expect(session.command("add 1 one")).toBe("invalid arguments: add\n");
  });

  it("show which timers are done", () => {
    session.command("test_timer_async 3 10");
    expect(session.command("test_timer_completed")).toBe(`Timers completed: 0b${"0".repeat(30)}\n`);
    session.advance(0.02);
    expect(session.command("test_timer_completed")).toBe(
      `Timers completed: 0b${"0".repeat(26)}1000\n`,
    );
    expect(session.command("test_timer_completed")).toBe(`Timers completed: 0b${"0".repeat(30)}\n`);
  });

  it("end the console and nothing else", () => {
    const errors: string[] = [];
    const lonely = boot({ onHostedError: ({ error }) => errors.push(String(error)) });
    lonely.command("start logtest");
    lonely.expectConsole("[logtest]::DONE\n");
    lonely.command("start fibonacci");
    lonely.system.type("test_panic\r");
    lonely.expectConsole("panicked at 'testing'\n");
    lonely.system.type("builtins\r");
    expect(() => lonely.expectConsole("hello.app", 1)).toThrow("hello.app");
    lonely.expectConsole("[20]");
    expect(errors).toEqual(["Panic: testing"]);
  });
});
