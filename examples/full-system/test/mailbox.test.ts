import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { measureSystem } from "@cantrip/assembly/riscv";
import { builtinApplications, makeFlash } from "@cantrip/cli";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { type TestOptions, bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

const RTIRQ = 11;
const PACKAGES =
  "fibonacci.app\nhello.app\nkeyval.app\nlogtest.app\nmltest.app\npanic.app\nsuicide.app\ntimer.app\nxor.model\n";

describe("test_mailbox", () => {
  it("goes to the security core and back, and leaves nothing behind", () => {
    const session = boot();
    session.command("test_mailbox");
    const before = [inUse(session), measureSystem(session.system).slots];
    for (let round = 0; round < 20; round++)
      expect(session.command("test_mailbox")).toBe("Test mailbox OK.\n");
    expect([inUse(session), measureSystem(session.system).slots]).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("takes the time that the security core takes", () => {
    const measure = (answerMicroseconds: number): number => {
      const session = boot({ securityCore: { answerMicroseconds } });
      const { machine } = session.system;
      const before = machine.timeMicroseconds;
      session.command("test_mailbox");
      return machine.timeMicroseconds - before;
    };
    expect(measure(50_000) - measure(1000)).toBeGreaterThan(45_000);
  });

  it("gets no answer without the interrupt of the mailbox", () => {
    const session = boot({ cutInterrupts: [RTIRQ] });
    session.system.type("test_mailbox\r");
    expect(() => session.expectConsole("Test mailbox", 2)).toThrow("Test mailbox");
  });

  it("fails when nobody is at the other end, and everything else goes on", () => {
    const session = boot({ securityCore: { isHeldInReset: true } });
    const before = inUse(session);
    for (let round = 0; round < 10; round++)
      expect(session.command("test_mailbox")).toContain("Test mailbox failed.\n");
    expect(session.transcript).toContain(
      "cantrip_security_coordinator::test_mailbox: mailbox.Send: SendFailed",
    );
    expect(inUse(session)).toEqual(before);
    expect(session.command("builtins")).toBe(PACKAGES);
  });

  it("fails when the coordinator has no endpoint of the mailbox driver", () => {
    const system = sparrow();
    const image = buildBootImage(system);
    const objects = image.spec.objects.map((object) =>
      object.kind === "cnode" && object.name === "security_coordinator_cnode"
        ? {
            ...object,
            slots: object.slots.filter(
              ({ cap }) => cap.kind !== "object" || !cap.object.endsWith("mailbox_api_ep"),
            ),
          }
        : object,
    );
    expect(objects).not.toEqual(image.spec.objects);
    const cut = buildBootImage(system, { spec: { ...image.spec, objects } });
    const session = boot({ system, image: cut });
    expect(session.command("test_mailbox")).toContain("Test mailbox failed.\n");
    expect(session.command("builtins")).toBe(PACKAGES);
  });
});

describe("the mailbox driver", () => {
  const INTR_STATE = 0x540f1000;
  const INTR_ENABLE = 0x540f1004;
  const INTR_TEST = 0x540f1008;
  const MBOXR = 0x540f1010;
  const WTIRQ = 1;

  it("logs errors of the mailbox, and acknowledges both interrupts of its control thread", () => {
    const session = boot();
    const { machine } = session.system;
    for (let round = 0; round < 2; round++) {
      machine.readPhysical32(MBOXR);
      session.expectConsole("cantrip_mailbox_driver::mailbox error 1\n");
    }
    machine.writePhysical32(INTR_ENABLE, 7);
    for (let round = 0; round < 2; round++) {
      machine.writePhysical32(INTR_TEST, WTIRQ);
      expect(machine.readPhysical32(INTR_STATE)).toBe(WTIRQ);
      session.advance(0.01);
      expect(machine.readPhysical32(INTR_STATE)).toBe(0);
    }
    session.discardOutput();
    session.system.type("test_mailbox\r");
    session.expectConsole("Test mailbox OK.\n");
  });
});

describe("built-in packages of the security core", () => {
  const system = sparrow(undefined, { builtins: "security-core" });

  it("are listed, started and stopped, and all of the memory comes back", () => {
    const session = boot({ system });
    expect(session.command("builtins")).toBe(PACKAGES);
    const before = inUse(session);
    expect(session.command("start hello")).toContain('Bundle "hello" started.');
    session.expectConsole("I am a C app!\n");
    session.expectConsole("Done, sleeping in infinite loop\n");
    expect(session.command("stop hello")).toContain('Bundle "hello" stopped.');
    expect(inUse(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("have the sizes of those in flash", () => {
    const sizes = [sparrow(), system].map((choice) => {
      const session = boot({ system: choice });
      return ["hello", "fibonacci"].map((name) => session.command(`size_buffer ${name}`));
    });
    expect(sizes[0]?.join("")).toMatch(/^\d+\n\d+\n$/);
    expect(sizes[0]).toEqual(sizes[1]);
  });

  it("are read page by page when they are longer than a page", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `echo line ${index}\n`).join("");
    const script = new TextEncoder().encode(`loglevel warn\n${lines}echo the end\n`);
    const flash = makeFlash([...builtinApplications(), { name: "long.repl", data: script }]);
    const session = boot({ system, flash });
    expect(script.length).toBeGreaterThan(4096);
    session.command("source long.repl");
    session.expectConsole("\nline 399\n");
    session.expectConsole("\nthe end\n");
  });

  it("are gone with the security core", () => {
    const session = boot({ system, securityCore: { isHeldInReset: true } });
    const before = inUse(session);
    expect(session.command("builtins")).toMatch(/get_packages failed: \w+\n/);
    expect(session.command("start hello")).toMatch(/start failed: \w+\n/);
    expect(inUse(session)).toEqual(before);
  });

  it("are what the security core has, not what is in flash", () => {
    const flash = makeFlash(builtinApplications().filter(({ name }) => name === "hello.app"));
    const session = boot({ system, securityCore: { flash } });
    expect(session.command("builtins")).toBe("hello.app\n");
    expect(session.command("start logtest")).toBe("start failed: BundleNotFound\n");
    expect(session.command("load_model a b")).toBe("LoadModel failed: BundleNotFound\n");
  });
});

describe("component images of the security core", () => {
  const image = buildBootImage(sparrow(), { componentImages: "security-core" });

  it("are not in the initial task, and boot to the same system", () => {
    const archived = boot();
    const session = boot({ image });
    expect(image.initialTask.bytes.length).toBeLessThan(
      archived.system.image.initialTask.bytes.length - 30_000,
    );
    expect(session.transcript).toContain("CAmkES components: 0.00 Mbytes");
    for (const line of ["builtins", "test_mailbox", "start hello", "stop hello"])
      expect(session.command(line)).toBe(archived.command(line));
    checkInvariants(session.system.kernel.state);
  });

  it("boot in 4 MiB with built-in packages from there too", () => {
    const system = sparrow(undefined, { builtins: "security-core" });
    const both = buildBootImage(system, { componentImages: "security-core" });
    const session = boot({ system, image: both, ramBytes: 4 * 1024 * 1024 });
    expect(session.command("builtins")).toBe(PACKAGES);
  });

  const stopped = (options: TestOptions): string => {
    const session = bootSystem(options);
    session.advance(1);
    expect(session.transcript).not.toContain("CANTRIP>");
    return session.transcript;
  };

  it("are missed by a root server without a security core", () => {
    const system = sparrow();
    expect(stopped({ system, image, securityCore: { isHeldInReset: true } })).toMatch(
      /filling \S+: the security core takes no message\n/,
    );
    expect(stopped({ system, image, securityCore: { answerMicroseconds: 1e9 } })).toMatch(
      /filling \S+: the security core does not answer\n/,
    );
    expect(stopped({ system, image, securityCore: { files: new Map() } })).toMatch(
      /filling \S+: the security core on file \w+_group_bin: FileNotFound\n/,
    );
  });

  it("cannot be fetched when the specification has no mailbox", () => {
    const { spec } = image;
    const objects = spec.objects.map((object) =>
      object.kind === "frame" && object.paddr === 0x540f1000
        ? { ...object, paddr: 0x540f2000 }
        : object,
    );
    const moved = buildBootImage(sparrow(), {
      componentImages: "security-core",
      spec: { ...spec, objects },
    });
    expect(stopped({ system: sparrow(), image: moved })).toMatch(
      /filling \S+: no frame is at the mailbox, 0x540f1000\n/,
    );
  });

  it("are refused when they are shorter than the specification says", () => {
    const files = new Map(
      [...image.securityCoreFiles].map(([name, data]) => [name, data.slice(0, 4100)]),
    );
    expect(stopped({ system: sparrow(), image, securityCore: { files } })).toMatch(
      /filling \S+: file \w+_group_bin has only 4100 bytes\n/,
    );
  });

  it("are the code that runs: a component whose image is blank there does nothing", () => {
    const files = new Map(image.securityCoreFiles);
    const damaged = files.get("debug_console_group_bin")?.slice();
    damaged?.fill(0, 4096);
    files.set("debug_console_group_bin", damaged ?? new Uint8Array(0));
    stopped({ system: sparrow(), image, securityCore: { files } });
  });
});
