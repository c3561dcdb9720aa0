import {
  type DeviceTreeNode,
  encodeDeviceTree,
  nexus,
  platformDeviceTree,
  qemuVirt,
  qemuVirtDeviceTree,
  sifiveU,
  sparrow,
} from "@cantrip/hw-riscv/platforms";
import { describe, expect, it } from "vitest";

interface ReadNode {
  readonly properties: Record<string, Uint8Array>;
  readonly nodes: Record<string, ReadNode>;
}

/** Reads a flattened device tree: written for this test, from the specification. */
function read(blob: Uint8Array): ReadNode {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const word = (at: number): number => view.getUint32(at);
  const text = (at: number): string => {
    const end = blob.indexOf(0, at);
    return String.fromCharCode(...blob.subarray(at, end));
  };
  expect(word(0)).toBe(0xd00dfeed);
  expect(word(4)).toBe(blob.length);
  const [structure, strings] = [word(8), word(12)];
  let at = structure;
  const node = (): ReadNode => {
    const properties: Record<string, Uint8Array> = {};
    const nodes: Record<string, ReadNode> = {};
    for (;;) {
      const token = word(at);
      at += 4;
      if (token === 1) {
        const name = text(at);
        at += Math.ceil((name.length + 1) / 4) * 4;
        nodes[name] = node();
      } else if (token === 3) {
        const length = word(at);
        properties[text(strings + word(at + 4))] = blob.subarray(at + 8, at + 8 + length);
        at += 8 + Math.ceil(length / 4) * 4;
      } else {
        expect([2, 9]).toContain(token);
        return { properties, nodes };
      }
    }
  };
  const root = node().nodes[""];
  if (root === undefined) throw new Error("no root node");
  expect(at - structure).toBe(word(36));
  return root;
}

function cells(bytes: Uint8Array | undefined): number[] {
  if (bytes === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index));
}

describe("a flattened device tree", () => {
  it("has the nodes and properties that it was made of", () => {
    const tree: DeviceTreeNode = {
      properties: { cells: [1, 0xdeadbeef], strings: ["one", "two"], flag: [] },
      nodes: {
        "a@1": { properties: { cells: [2] } },
        abc: { properties: {}, nodes: { below: { properties: { flag: [] } } } },
      },
    };
    const root = read(encodeDeviceTree(tree));
    expect(cells(root.properties["cells"])).toEqual([1, 0xdeadbeef]);
    expect(String.fromCharCode(...(root.properties["strings"] ?? []))).toBe("one\0two\0");
    expect(root.properties["flag"]).toHaveLength(0);
    expect(Object.keys(root.nodes)).toEqual(["a@1", "abc"]);
    expect(cells(root.nodes["a@1"]?.properties["cells"])).toEqual([2]);
    expect(Object.keys(root.nodes["abc"]?.nodes["below"]?.properties ?? {})).toEqual(["flag"]);
  });

  it("is filled up to a size, and not cut to it", () => {
    const tree: DeviceTreeNode = { properties: { cells: [1] } };
    const least = encodeDeviceTree(tree).length;
    const filled = encodeDeviceTree(tree, 0x1191);
    expect(filled).toHaveLength(0x1191);
    expect(read(filled)).toEqual(read(encodeDeviceTree(tree)));
    expect(filled.subarray(least).every((byte) => byte === 0)).toBe(true);
    expect(encodeDeviceTree(tree, 8)).toHaveLength(least);
  });
});

describe("the device tree of QEMU's virt board", () => {
  const ramSize = 64 * 0x100000;

  it("describes every device that the machine has, and no other", () => {
    const board = qemuVirt({ ramSize });
    const soc = read(qemuVirtDeviceTree({ ramSize })).nodes["soc"]?.nodes ?? {};
    const described = Object.values(soc).map(({ properties }) => cells(properties["reg"]));
    const devices = board.devices.map(({ base, size }) => [0, base, 0, size]);
    expect(described.sort()).toEqual(devices.sort());
    const uart = board.devices.find(({ name }) => name === "uart0");
    expect(cells(soc["serial@10000000"]?.properties["interrupts"])).toEqual(uart?.interrupts);
  });

  it("says how much memory there is, and what firmware keeps of it", () => {
    const root = read(qemuVirtDeviceTree({ ramSize, firmwareBytes: 0x200000 }));
    const memory = root.nodes["memory@80000000"]?.properties["reg"];
    expect(cells(memory)).toEqual([0, 0x80000000, 0, ramSize]);
    const kept = root.nodes["reserved-memory"]?.nodes["sbi@80000000"]?.properties["reg"];
    expect(cells(kept)).toEqual([0, 0x80000000, 0, 0x200000]);
    expect(read(qemuVirtDeviceTree({ ramSize })).nodes["reserved-memory"]).toBeUndefined();
    expect(cells(root.nodes["cpus"]?.properties["timebase-frequency"])).toEqual([10_000_000]);
  });
});

describe("the device tree of the HiFive Unleashed", () => {
  const ramSize = 256 * 0x100000;
  const text = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes ?? []));
  const root = read(platformDeviceTree(sifiveU(), { ramSize }));
  const soc = root.nodes["soc"]?.nodes ?? {};

  // Values: `qemu-system-riscv64 -M sifive_u,dumpdtb=` of QEMU 7.2.
  it("says of the devices what QEMU says", () => {
    const devices: [string, number[], number[]][] = [
      ["serial@10010000", [0, 0x10010000, 0, 0x1000], [4]],
      ["serial@10011000", [0, 0x10011000, 0, 0x1000], [5]],
      ["pwm@10020000", [0, 0x10020000, 0, 0x1000], [0x2a, 0x2b, 0x2c, 0x2d]],
      ["pwm@10021000", [0, 0x10021000, 0, 0x1000], [0x2e, 0x2f, 0x30, 0x31]],
      ["interrupt-controller@c000000", [0, 0xc000000, 0, 0x4000000], []],
      ["clint@2000000", [0, 0x2000000, 0, 0x10000], []],
    ];
    expect(Object.keys(soc).sort()).toEqual(devices.map(([name]) => name).sort());
    for (const [name, reg, interrupts] of devices) {
      expect(cells(soc[name]?.properties["reg"])).toEqual(reg);
      expect(cells(soc[name]?.properties["interrupts"])).toEqual(interrupts);
    }
    expect(text(soc["serial@10010000"]?.properties["compatible"])).toContain("sifive,uart0\0");
    expect(text(soc["pwm@10020000"]?.properties["compatible"])).toContain("sifive,pwm0\0");
    expect(text(root.properties["compatible"])).toBe("sifive,hifive-unleashed-a00\0");
    expect(text(root.nodes["chosen"]?.properties["stdout-path"])).toBe("/soc/serial@10010000\0");
    expect(cells(root.nodes["cpus"]?.properties["timebase-frequency"])).toEqual([0xf4240]);
  });

  it("wires PLIC and CLINT to the harts as QEMU does", () => {
    const cpus = root.nodes["cpus"]?.nodes ?? {};
    const interruptsOf = (cpu: string): number =>
      cells(cpus[cpu]?.nodes["interrupt-controller"]?.properties["phandle"])[0] ?? 0;
    const [monitor, hart] = [interruptsOf("cpu@0"), interruptsOf("cpu@1")];
    const plic = soc["interrupt-controller@c000000"]?.properties ?? {};
    expect(cells(plic["interrupts-extended"])).toEqual([monitor, 11, hart, 11, hart, 9]);
    expect(cells(plic["riscv,ndev"])).toEqual([0x35]);
    expect(cells(soc["clint@2000000"]?.properties["interrupts-extended"])).toEqual([
      ...[monitor, 3, monitor, 7, hart, 3, hart, 7],
    ]);
    expect(cells(soc["pwm@10020000"]?.properties["interrupt-parent"])).toEqual(
      cells(plic["phandle"]),
    );
  });

  it("has the hart that is there, and says of the other that it is not", () => {
    const cpus = root.nodes["cpus"]?.nodes ?? {};
    expect(text(cpus["cpu@0"]?.properties["status"])).toBe("disabled\0");
    expect(cpus["cpu@0"]?.properties["mmu-type"]).toBeUndefined();
    expect(text(cpus["cpu@1"]?.properties["status"])).toBe("okay\0");
    expect(text(cpus["cpu@1"]?.properties["riscv,isa"])).toBe("rv64imafdc_zicsr_zifencei\0");
    expect(text(cpus["cpu@1"]?.properties["mmu-type"])).toBe("riscv,sv39\0");
  });

  it("has addresses and sizes of 64 bits", () => {
    const large = read(platformDeviceTree(sifiveU(), { ramSize: 8 * 2 ** 30 }));
    expect(cells(large.nodes["memory@80000000"]?.properties["reg"])).toEqual([0, 0x80000000, 2, 0]);
  });

  it("is refused for a platform that says nothing", () => {
    const { tree, ...silent } = sifiveU();
    expect(tree?.console).toBe("uart0");
    expect(() => platformDeviceTree(silent, { ramSize })).toThrow("no device tree");
  });
});

// Values: `sparrow.dts` and `nexus.dts` of CantripOS's kernel.
describe.each([
  {
    ...{ name: "sparrow", platform: sparrow(), memory: 0x28000000, sources: 32 },
    ...{ uart: "serial@50000000", kernelTimer: "timer@50010000", timer: "timersw@50030000" },
    ...{ timerInterrupt: 31, clockHz: 24_000_000, external: [11, 9] },
  },
  {
    ...{ name: "nexus", platform: nexus(), memory: 0x50000000, sources: 42 },
    ...{ uart: "serial@54000000", kernelTimer: "timer@54010000", timer: "timersw@54011000" },
    ...{ timerInterrupt: 38, clockHz: 2_500_000, external: [9, 11] },
  },
])("the device tree of $name", ({ name, platform, memory, external, ...board }) => {
  const root = read(platformDeviceTree(platform, { ramSize: 0x380000 }));
  const soc = root.nodes["soc"]?.nodes ?? {};
  const plic = soc["interrupt-controller@60000000"]?.properties ?? {};
  const property = (node: string, key: string): number[] => cells(soc[node]?.properties[key]);

  it("describes every device that the machine has, as the kernel's does", () => {
    const regs = Object.values(soc).map(({ properties }) => cells(properties["reg"]));
    expect(regs).toEqual(platform.devices.map(({ base, size }) => [0, base, 0, size]));
    expect(String.fromCharCode(...(root.properties["model"] ?? []))).toBe(`google,${name}0\0`);
    expect(cells(root.nodes[`memory@${memory.toString(16)}`]?.properties["reg"])).toEqual([
      ...[0, memory, 0, 0x380000],
    ]);
    expect(cells(plic["riscv,ndev"])).toEqual([board.sources]);
    expect(cells(plic["riscv,max-priority"])).toEqual([7]);
    expect(property(board.uart, "interrupts")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(property(board.timer, "interrupts")).toEqual([board.timerInterrupt]);
    expect(property(board.timer, "clock-frequency")).toEqual([board.clockHz]);
  });

  it("wires the kernel's timer to the hart, and the PLIC's contexts in their order", () => {
    const cpu = root.nodes["cpus"]?.nodes["cpu@0"]?.nodes["interrupt-controller"];
    const hart = cells(cpu?.properties["phandle"])[0];
    expect(property(board.kernelTimer, "interrupts-extended")).toEqual([hart, 5]);
    expect(cells(plic["interrupts-extended"])).toEqual(external.flatMap((line) => [hart, line]));
  });
});
