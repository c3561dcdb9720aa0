import { readdirSync, readFileSync } from "node:fs";
import { type BootImage, buildBootImage } from "@cantrip/assembly";
import { componentTypes } from "@cantrip/assembly/cantrip";
import { qemuVirtPlatform } from "@cantrip/assembly/riscv";
import { ErrorCode } from "@cantrip/sel4-sys";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { gauge, sampleAt } from "../src/gauge.ts";
import { GAUGE, qemuSystem, system } from "../src/system.ts";

const WINDOW = 8;
/** Printed once the filter had this many samples. */
function lineAfter(count: number): string {
  const first = Math.max(0, count - WINDOW);
  let sum = 0;
  for (let index = first; index < count; index++) sum += sampleAt(index);
  return `${count} samples, mean ${Math.floor(sum / (count - first))}\n`;
}

function boot(image?: BootImage, interrupt: number = GAUGE.interrupt): TestSystem {
  const devices = [gauge(GAUGE.base, interrupt)];
  return bootSystem({ system, devices, ...(image === undefined ? {} : { image }) });
}

/** An image in which a component lacks its capability to an object. */
function imageWithout(component: string, object: string): BootImage {
  const image = buildBootImage(system);
  const objects = image.spec.objects.map((each) =>
    each.kind === "cnode" && each.name === `${component}_cnode`
      ? {
          ...each,
          slots: each.slots.filter(({ cap }) => cap.kind !== "object" || cap.object !== object),
        }
      : each,
  );
  expect(objects).not.toEqual(image.spec.objects);
  return buildBootImage(system, { spec: { ...image.spec, objects } });
}

describe("a system of one's own", () => {
  it("prints the mean of what the gauge measured, every four samples", () => {
    const session = boot();
    session.expectConsole("no mean: NoSamples\n");
    for (const count of [4, 8, 12, 16, 20]) session.expectConsole(lineAfter(count));
    const printed = session.transcript.split("\n").filter((line) => line.includes("mean"));
    const wanted = [4, 8, 12, 16, 20].map((count) => lineAfter(count).trimEnd());
    expect(printed).toEqual(["no mean: NoSamples", ...wanted]);
    // The means differ, so that a filter without state would be noticed.
    expect(new Set(wanted.map((line) => line.replace(/.* /, ""))).size).toBeGreaterThan(3);
    expect(session.transcript).not.toContain("CANTRIP>");
    // 20 samples in a second.
    expect(session.system.machine.timeMicroseconds).toBeGreaterThan(1_000_000);
    expect(session.system.machine.timeMicroseconds).toBeLessThan(1_200_000);
  });

  it("prints the same on QEMU's board with current seL4, where the sensor polls", () => {
    const devices = [gauge(GAUGE.base, GAUGE.interrupt)];
    const session = bootSystem({ system: qemuSystem, platform: qemuVirtPlatform, devices });
    session.expectConsole("no mean: NoSamples\n");
    for (const count of [4, 8]) session.expectConsole(lineAfter(count));
  });

  it("has no component of CantripOS", () => {
    const types = Object.values(system.components).map(({ type }) => type);
    expect(types.map(({ name }) => name)).toEqual(["Gauge", "Sensor", "Filter", "Printer"]);
    const theirs = Object.values<unknown>(componentTypes);
    expect(theirs.length).toBeGreaterThan(10);
    expect(types.filter((type) => theirs.includes(type))).toEqual([]);
    const spec = buildBootImage(system).spec.objects;
    const threads = spec.filter(({ kind }) => kind === "tcb").map(({ name }) => name);
    const owners = threads.map((name) => name.slice(0, name.indexOf("_"))).sort();
    expect(owners).toEqual(["filter", "filter", "filter", "printer", "sensor"]);
  });

  it("imports no service of CantripOS", () => {
    const folder = new URL("../src/", import.meta.url);
    const imported = readdirSync(folder).flatMap((name) =>
      [...readFileSync(new URL(name, folder), "utf8").matchAll(/from "(@cantrip\/[^"]*)"/g)].map(
        ([, from]) => from,
      ),
    );
    expect([...new Set(imported)].sort()).toEqual([
      "@cantrip/assembly",
      "@cantrip/assembly/riscv",
      "@cantrip/camkes-rpc",
      "@cantrip/hosted",
      "@cantrip/hw-riscv",
      "@cantrip/interfaces",
      "@cantrip/postcard",
      "@cantrip/sel4-config",
    ]);
  });
});

describe("without one part of it", () => {
  it("the printer gets an error when it has no endpoint of the filter", () => {
    const session = boot(imageWithout("printer", "average_ep"));
    session.expectConsole(`no mean: error ${ErrorCode.InvalidCapability}\n`);
    expect(() => session.expectConsole("samples, mean", 3)).toThrow("samples, mean");
  });

  it("the printer asks once only when the filter cannot signal it", () => {
    const session = boot(imageWithout("filter", "average_printer_global_endpoint"));
    session.expectConsole("no mean: NoSamples\n");
    expect(() => session.expectConsole("mean", 3)).toThrow("mean");
  });

  it("the sensor's samples are lost when it has no endpoint of the filter", () => {
    const session = boot(imageWithout("sensor", "samples_ep"));
    session.expectConsole(`sample ${sampleAt(0)} lost: error ${ErrorCode.InvalidCapability}\n`);
    session.expectConsole(`sample ${sampleAt(1)} lost: error ${ErrorCode.InvalidCapability}\n`);
    expect(session.transcript).not.toContain("samples, mean");
  });

  it("nothing is printed when the gauge's interrupt goes elsewhere", () => {
    const session = boot(undefined, GAUGE.interrupt + 1);
    session.expectConsole("no mean: NoSamples\n");
    expect(() => session.expectConsole("samples, mean", 3)).toThrow("samples, mean");
  });

  it("nothing is answered when the filter's machine code is not there", () => {
    const image = buildBootImage(system);
    const objects = image.spec.objects.map((object) =>
      object.kind === "frame" && object.name.startsWith("frame_filter_group_bin_")
        ? { ...object, fill: [] }
        : object,
    );
    expect(objects).not.toEqual(image.spec.objects);
    const session = boot(buildBootImage(system, { spec: { ...image.spec, objects } }));
    expect(() => session.expectConsole("mean", 3)).toThrow("mean");
    // Zeros are an illegal instruction, which this kernel does not survive.
    expect(session.transcript).toContain("mcause 0x00000002 mtval 0x00000000");
  });
});
