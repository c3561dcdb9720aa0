import { cantrip, upstream } from "@cantrip/sel4-config";
import { readBootInfo, writeSlotRegion } from "@cantrip/sel4-sys";
import { describe, expect, it } from "vitest";

describe("readBootInfo", () => {
  it("reads the fields where each kernel puts them", () => {
    for (const config of [cantrip, upstream]) {
      const layout = config.bootInfo;
      const bytes = new Uint8Array(4096);
      const view = new DataView(bytes.buffer);
      view.setUint32(layout.ipcBuffer, 0x426000, true);
      writeSlotRegion(bytes, layout.empty, { start: 100, end: 2048 });
      writeSlotRegion(bytes, layout.untyped, { start: 60, end: 62 });
      writeSlotRegion(bytes, layout.schedcontrol, { start: 15, end: 16 });
      if (layout.kernelReservedBytes !== undefined) {
        view.setUint32(layout.kernelReservedBytes, 0x5000, true);
      }
      view.setUint32(layout.untypedList + 8, 0x28100000, true);
      bytes.set([20, 0, 1], layout.untypedList + 12);
      expect(readBootInfo(bytes, config)).toMatchObject({
        ipcBuffer: 0x426000,
        empty: { start: 100, end: 2048 },
        schedcontrol: { start: 15, end: 16 },
        kernelReservedBytes: config === cantrip ? 0x5000 : 0,
        untyped: { start: 60, end: 62 },
        untypedList: [
          { paddr: 0, sizeBits: 0, isDevice: false, isTainted: false },
          { paddr: 0x28100000, sizeBits: 20, isDevice: false, isTainted: config === cantrip },
        ],
      });
    }
  });

  it("refuses a list that does not fit", () => {
    const bytes = new Uint8Array(256);
    writeSlotRegion(bytes, cantrip.bootInfo.untyped, { start: 60, end: 160 });
    expect(() => readBootInfo(bytes, cantrip)).toThrow(RangeError);
  });
});
