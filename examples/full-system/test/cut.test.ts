import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";

import { builtinApplications, makeFlash } from "@cantrip/cli";
import { CapType } from "@cantrip/sel4-kernel";
import { bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

describe("cut tests", () => {
  it("faults a program where its page table entry was cleared", () => {
    const session = boot();
    session.command("start hello");
    session.expectConsole("Done, sleeping in infinite loop\n");
    const { machine, kernel } = session.system;
    let tcb = kernel.state.debugThreads;
    while (tcb !== null && tcb.name !== "hello") tcb = tcb.debugNext;
    const vspace = tcb?.slots[1]?.cap;
    if (vspace?.type !== CapType.PageTable) throw new Error("hello has no page table");
    const leaf = Math.floor(machine.readPhysical32(vspace.paddr) / 1024) * 4096;
    const entry = leaf + 0x10 * 4;
    expect(machine.readPhysical32(entry) & 1).toBe(1);
    machine.writePhysical32(entry, 0);
    machine.fenceVma();
    session.expectConsole("[hello]::virtual-memory fault:\n");
    const report = session.expectConsole("Length");
    expect(report).toMatch(/Addr {5}0x000100[0-9a-f]{2}/);
    expect(report).toContain("Prefetch 0x1");
    expect(session.command("stop hello")).toContain('Bundle "hello" stopped.');
  });

  it("gets no prompt answered without the UART's interrupts", () => {
    const session = bootSystem({
      system: sparrow(),
      flash: makeFlash(builtinApplications()),
      cutUartInterrupts: true,
    });
    session.system.type("builtins\r");
    expect(() => session.expectConsole("hello.app", 2)).toThrow("hello.app");
  });

  it("refuses a damaged bundle with one clear error, and leaks nothing", () => {
    const files = builtinApplications().map((file) => {
      if (file.name !== "hello.app") return file;
      const data = file.data.slice();
      data[60] = (data[60] ?? 0) ^ 0xff;
      return { ...file, data };
    });
    const session = boot({ flash: makeFlash(files) });
    const before = inUse(session);
    const output = session.command("start hello");
    expect(output).toContain("start failed: StartFailed\n");
    expect(output).toMatch(/cantrip_proc_manager::start failed: .*CRC/);
    expect(inUse(session)).toEqual(before);
    expect(session.command("start logtest")).toContain("started.");
  });

  it("lists what comes before the damage of a broken archive", () => {
    const flash = makeFlash(builtinApplications()).slice();
    const second = Buffer.from(flash).indexOf("070701", 200);
    flash.fill(0x21, second, second + 6);
    const session = boot({ flash });
    const output = session.command("builtins");
    expect(output).toContain("fibonacci.app\n");
    expect(output).not.toContain("hello.app");
    expect(session.transcript).toContain("built-in archive:");
  });

  it("has no built-in packages without the archive", () => {
    const session = bootSystem({ system: sparrow() });
    session.expectPrompt();
    session.advance(0.05);
    session.discardOutput();
    expect(session.command("builtins")).toBe("");
  });

  it("gives a client an error when the endpoint of its service is not in the specification", () => {
    const system = sparrow();
    const image = buildBootImage(system);
    const objects = image.spec.objects.map((object) =>
      object.kind === "cnode" && object.name === "debug_console_cnode"
        ? {
            ...object,
            slots: object.slots.filter(
              ({ cap }) => cap.kind !== "object" || !/security.*_ep/.test(cap.object),
            ),
          }
        : object,
    );
    expect(objects).not.toEqual(image.spec.objects);
    const session = bootSystem({
      system,
      image: buildBootImage(system, { spec: { ...image.spec, objects } }),
      flash: makeFlash(builtinApplications()),
    });
    session.expectPrompt();
    expect(session.command("builtins")).toMatch(/failed/);
    expect(session.command("start hello")).toContain("started.");
  });
});
