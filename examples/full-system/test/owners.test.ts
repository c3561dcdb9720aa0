import { sparrow } from "@cantrip/assembly/cantrip";
import { measureOwners, measureSystem, type OwnerMemory } from "@cantrip/assembly/riscv";
import { sizeReport } from "@cantrip/capdl/size";
import { buildBootImage } from "@cantrip/assembly";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

function ownerOf(session: TestSystem, name: string): OwnerMemory | undefined {
  return measureOwners(session.system).find((owner) => owner.name === name);
}

/** What all owners have is what is in use. */
function expectWhole({ system }: TestSystem): void {
  const owners = measureOwners(system);
  const sum = owners.reduce((total, { bytes }) => total + bytes, 0);
  expect(sum).toBe(measureSystem(system).memory.usedBytes);
  expect(new Set(owners.map(({ name }) => name)).size).toBe(owners.length);
}

describe("who has the memory", () => {
  it("is told to the byte while a system boots, and the root server has nothing left", () => {
    const session = bootSystem({ system: sparrow() });
    const { system } = session;
    let most = 0;
    for (let look = 1; look <= 100; look++) {
      system.run({ untilCycle: (look * system.cyclesPerSecond) / 2000 });
      expectWhole(session);
      most = Math.max(most, ownerOf(session, "rootserver")?.bytes ?? 0);
    }
    expect(session.transcript).toContain("CANTRIP> ");
    // Its image with specification and archive, and then what it has made and not given away yet.
    expect(most).toBeGreaterThan(500_000);
    expect(ownerOf(session, "rootserver")).toBeUndefined();
    expect(ownerOf(session, "nobody")).toBeUndefined();
  });

  it("is told of components as their specification has it", () => {
    const session = boot();
    const { spec } = buildBootImage(sparrow());
    const report = sizeReport(spec, sparrow().kernel.sizeBits);
    for (const { name } of report.owners.filter(({ isShared }) => !isShared)) {
      const said = report.owners.find((owner) => owner.name === name)?.bytes ?? 0;
      const { bytes = 0, kind } = ownerOf(session, name) ?? {};
      expect(kind).toBe("component");
      // The reply objects of its interfaces belong to connections there. The memory manager has the holding CNode, too, and in
      // it the kernel's ASID pool.
      const more = name === "memory_manager" ? 512 * 16 + 4096 : 0;
      expect(bytes - said - more, name).toBeGreaterThanOrEqual(0);
      expect(bytes - said - more, name).toBeLessThan(200);
    }
  });

  it("is told of applications: what the memory manager counts, from start to stop", () => {
    const session = boot();
    const bytesInUse = (): number => Number(inUse(session)[0]?.split(" ")[0]);
    const before = bytesInUse();
    const others = (): OwnerMemory[] =>
      measureOwners(session.system).filter(({ kind }) => kind === "component");
    const idle = others();
    for (const app of ["hello", "fibonacci"]) {
      const from = bytesInUse();
      session.command(`start ${app}`);
      expectWhole(session);
      expect(ownerOf(session, app)).toMatchObject({
        ...{ kind: "application", bytes: bytesInUse() - from, sharedBytes: 0 },
      });
      expect(bytesInUse() - from).toBeGreaterThan(40_000);
    }
    for (const app of ["hello", "fibonacci"]) session.command(`stop ${app}`);
    expect(ownerOf(session, "hello")).toBeUndefined();
    expect(bytesInUse()).toBe(before);
    expect(others()).toEqual(idle);
    expectWhole(session);
  });
});
