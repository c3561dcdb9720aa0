import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootMemory, kernelSpec } from "@cantrip/assembly/riscv";
import type { CapdlSpec, Spec, SpecCap } from "@cantrip/capdl";
import { type MemoryReach, type Reach, reachOf } from "@cantrip/capdl/reach";
import { packSpec } from "@cantrip/capdl/size";
import { cantrip } from "@cantrip/sel4-config";
import { bootSystem, type TestSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { type ProbeOptions, type ProbeResult, systemWithProbe } from "./memory-probe.ts";

const UART = 0x50000000;
const components = Object.entries(sparrow().components)
  .filter(([, { type }]) => type.hardware !== true)
  .map(([name]) => name);

interface Probed {
  readonly session: TestSystem;
  readonly spec: CapdlSpec;
  readonly reach: Reach;
  readonly result: ProbeResult;
  /** Frames by physical address. */
  readonly frames: ReadonlyMap<number, string>;
}

function probe(
  component: string,
  options: ProbeOptions = {},
  alter: (spec: Spec) => Spec = (spec) => spec,
): Probed {
  const { system, result } = systemWithProbe(component, options);
  const spec = alter(buildBootImage(system).spec);
  const session = bootSystem({ system, image: buildBootImage(system, { spec }) });
  const { placements } = packSpec(spec, bootMemory(session.system), cantrip.sizeBits);
  const frames = new Map<number, string>();
  for (const object of spec.objects) {
    if (object.kind !== "frame") continue;
    frames.set(object.paddr ?? placements.get(object.name) ?? 0, object.name);
  }
  const { machine } = session.system;
  machine.run({
    untilCycle: machine.cycles + 20 * session.system.cyclesPerSecond,
    until: () => result.isDone,
  });
  expect(result.isDone).toBe(true);
  return { session, spec, reach: reachOf(spec), result, frames };
}

/** Frames that a probe could write, of devices: could map or touch. */
function found({ session, result, frames }: Probed, component: string): readonly string[] {
  const names = new Set<string>();
  const byAddress = mappedFrames(session, component);
  const { machine } = session.system;
  for (const [page, value] of result.written) {
    const paddr = byAddress.get(page) ?? -1;
    const name = frames.get(paddr) ?? frames.get(paddr - (paddr % 0x400000)) ?? `0x${paddr}`;
    names.add(name);
    // What was written is there, in RAM.
    if (paddr >= 0x28000000 && paddr < 0x28400000)
      expect([name, machine.readPhysical32(paddr + 0xff0)]).toEqual([name, value]);
  }
  for (const paddr of [...result.mapped, ...result.remade])
    names.add(frames.get(paddr) ?? `0x${paddr}`);
  return [...names].sort();
}

/** Physical page by virtual page, as the page tables of the running system have it. */
function mappedFrames({ system }: TestSystem, component: string): ReadonlyMap<number, number> {
  const live: CapdlSpec = kernelSpec(system.kernel.state);
  const objects = new Map(live.objects.map((object) => [object.name, object]));
  const thread = live.objects.find(
    ({ kind, name }) => kind === "tcb" && name.startsWith(`${component}_`),
  );
  const vspace =
    thread?.kind === "tcb" ? thread.slots.find(({ slot }) => slot === 1)?.cap : undefined;
  const pages = new Map<number, number>();
  const walk = (name: string, base: number, bits: number): void => {
    const table = objects.get(name);
    if (table?.kind !== "pt") return;
    for (const { slot, cap } of table.slots) {
      if (cap.kind !== "object") continue;
      const address = base + slot * 2 ** bits;
      const target = objects.get(cap.object);
      if (target?.kind !== "frame") walk(cap.object, address, 12);
      else
        for (let offset = 0; offset < 2 ** target.sizeBits; offset += 4096)
          pages.set(address + offset, Number(cap.object.split("@")[1]) + offset);
    }
  };
  if (vspace?.kind === "object") walk(vspace.object, 0, 22);
  return pages;
}

function predicted(
  reach: Reach,
  component: string,
  isUsed: (access: MemoryReach) => boolean,
): readonly string[] {
  const names = reach.memory
    .filter(
      (access) => access.component === component && (access.rights & 1) !== 0 && isUsed(access),
    )
    .map(({ frame }) => frame);
  return [...new Set(names)].sort();
}

describe("reach, beside the running system", () => {
  it.each(components.filter((name) => name !== "memory_manager"))(
    "knows every frame that %s can write, and no other",
    (component) => {
      const probed = probe(component);
      const names = found(probed, component);
      expect(names).toEqual(predicted(probed.reach, component, () => true));
      expect(names.length).toBeGreaterThan(7);
    },
  );

  it("knows every frame that the memory manager can write: all, devices by taking them from their drivers", () => {
    const devices = sparrowDevices();
    const probed = probe("memory_manager", { devices });
    const names = found(probed, "memory_manager");
    // A frame of 4 MiB is shown by its first page.
    const wanted = predicted(probed.reach, "memory_manager", () => true);
    const frames = probed.spec.objects.filter(({ kind }) => kind === "frame");
    expect(wanted).toHaveLength(frames.length);
    expect(names).toEqual(wanted);
    expect([...probed.result.remade].sort()).toEqual([...devices].sort());
  });

  it("knows who can write to the UART: its driver, and the memory manager when it takes it away", () => {
    const { reach } = probe("timer_service");
    const writers = reach.memory.filter(
      ({ frame, rights }) => frame === "uart_mem_DATA_0_obj" && (rights & 1) !== 0,
    );
    expect(new Set(writers.map(({ component }) => component))).toEqual(
      new Set(["memory_manager", "uart_driver"]),
    );
    expect(
      writers.filter(({ component }) => component === "memory_manager").map(({ way }) => way),
    ).toEqual(["untyped"]);
    const uart = { paddr: UART, bytes: "it is mine\n" };
    const { session } = probe("memory_manager", { devices: [UART], uart });
    session.advance(0.05);
    expect(session.transcript).toContain("it is mine\n");
  });

  it.each([
    ["a capability to the UART", "timer_service_cnode", 30, "uart_mem_DATA_0_obj", 3, true],
    ["one without the right to write", "timer_service_cnode", 30, "uart_mem_DATA_0_obj", 2, false],
    ["a shared page", "timer_service_cnode", 30, "tx_channel_0_obj", 3, true],
    ["a thread's page", "timer_service_cnode", 30, "frame_sdk_runtime_group_bin_0001", 3, true],
  ] as const)("knows what %s changes", (_what, container, slot, object, rights, isWritable) => {
    const cap: SpecCap = { kind: "object", object, rights };
    const probed = probe("timer_service", {}, (spec) => ({
      ...spec,
      objects: spec.objects.map((each) =>
        each.name === container && "slots" in each
          ? { ...each, slots: [...each.slots, { slot, cap }] }
          : each,
      ),
    }));
    const names = found(probed, "timer_service");
    expect(names).toEqual(predicted(probed.reach, "timer_service", () => true));
    expect(names.includes(object)).toBe(isWritable);
  });

  it("knows who can reach another's memory", () => {
    const { reach } = probe("timer_service");
    const pairs = new Set<string>();
    for (const { component, mappedBy, way } of reach.memory)
      for (const other of mappedBy)
        if (other !== component && way !== "mapping") pairs.add(`${component} ${other}`);
    // But for what is shared on purpose, only the memory manager.
    expect([...pairs].sort()).toEqual(
      components
        .filter((name) => name !== "memory_manager")
        .map((name) => `memory_manager ${name}`)
        .sort(),
    );
  });
});

function sparrowDevices(): number[] {
  const paddrs: number[] = [];
  for (const { type, memory = {} } of Object.values(sparrow().components)) {
    if (type.hardware !== true) continue;
    for (const { paddr, size } of Object.values(memory))
      for (let offset = 0; offset < size; offset += 0x400000) paddrs.push(paddr + offset);
  }
  return paddrs;
}
