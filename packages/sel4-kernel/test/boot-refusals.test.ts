import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { CapType, Kernel } from "@cantrip/sel4-kernel";
import { expect, test } from "vitest";
import { FakePort, RAM_BASE, RAM_SIZE } from "./fake-port.ts";

const KERNEL_BYTES = 0x28000;
const IMAGE_BYTES = 0x2000;

interface Machine {
  readonly ramBytes?: number;
  /** Of the image, from the beginning of RAM. */
  readonly offset?: number;
  readonly imageBytes?: number;
}

function boot(
  config: KernelConfig,
  { ramBytes = RAM_SIZE, offset = KERNEL_BYTES, imageBytes = IMAGE_BYTES }: Machine,
): Kernel {
  const kernel = new Kernel({
    ...{ config, port: new FakePort() },
    platform: {
      ram: { base: RAM_BASE, size: ramBytes },
      kernelImage: { base: RAM_BASE, size: KERNEL_BYTES, bootBytes: 0 },
      ...{ kernelDevices: [], maxIrq: 33, ticksPerUs: 24 },
    },
  });
  const image = { paddr: RAM_BASE + offset, size: imageBytes };
  kernel.boot({ image, vaddr: 0x10000, entry: 0x10000 });
  return kernel;
}

function withSettings(config: KernelConfig, settings: Partial<KernelConfig["settings"]>) {
  return { ...config, settings: { ...config.settings, ...settings } };
}

function untypeds(kernel: Kernel): number[] {
  const root = kernel.state.current.slots[0]?.cap;
  if (root?.type !== CapType.CNode) throw new Error("no root CNode");
  return root.object.slots.flatMap(({ cap }) =>
    cap.type === CapType.Untyped && !cap.isDevice ? [cap.paddr] : [],
  );
}

test.each([cantrip, upstream])("an image over the kernel is refused: $name", (config) => {
  expect(() => boot(config, { offset: KERNEL_BYTES - 0x1000 })).toThrow("overlaps the kernel");
});

test.each([cantrip, upstream])("a root CNode that is too small is refused: $name", (config) => {
  const small = withSettings(config, { rootCNodeSizeBits: 4 });
  expect(() => boot(small, {})).toThrow("it is too small");
});

test.each([cantrip, upstream])(
  "too little memory for the initial task is refused, and a little more is enough: $name",
  (config) => {
    const page = 0x1000;
    let ramBytes = KERNEL_BYTES + IMAGE_BYTES;
    const isEnough = (): boolean => {
      try {
        boot(config, { ramBytes });
        return true;
      } catch (error) {
        expect(String(error)).toContain("no memory for the initial task's objects");
        return false;
      }
    };
    expect(isEnough()).toBe(false);
    while (!isEnough() && ramBytes < RAM_SIZE) ramBytes += page;
    expect(ramBytes).toBeLessThan(KERNEL_BYTES + IMAGE_BYTES + 0x40000);
  },
);

test.each([cantrip, upstream])(
  "an image at the end of RAM, or a little before it, leaves the memory below: $name",
  (config) => {
    for (const gap of [0, 0x1000]) {
      const kernel = boot(config, { offset: RAM_SIZE - IMAGE_BYTES - gap });
      const { paddr } = kernel.state.current;
      expect(paddr).toBeGreaterThanOrEqual(RAM_BASE + KERNEL_BYTES);
      expect(paddr).toBeLessThan(RAM_BASE + RAM_SIZE - IMAGE_BYTES);
      expect(untypeds(kernel).includes(RAM_BASE + RAM_SIZE - 0x1000)).toBe(gap > 0);
    }
  },
);

test("untypeds that the boot info has no room for are not handed out", () => {
  const all = untypeds(boot(upstream, {}));
  const most = 30;
  const some = boot(withSettings(upstream, { maxNumBootInfoUntypedCaps: most }), {});
  const root = some.state.current.slots[0]?.cap;
  if (root?.type !== CapType.CNode) throw new Error("no root CNode");
  const given = root.object.slots.filter(({ cap }) => cap.type === CapType.Untyped);
  expect(given).toHaveLength(most);
  expect(untypeds(some).length).toBeLessThan(all.length);
});
