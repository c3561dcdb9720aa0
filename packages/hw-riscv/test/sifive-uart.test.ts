import type { InterruptLine } from "@cantrip/hw-riscv";
import { SifiveUart } from "@cantrip/hw-riscv/devices";
import { SifiveUartData, SifiveUartRegister as Register } from "@cantrip/hw-riscv/registers";
import { describe, expect, test } from "vitest";

function make(): { uart: SifiveUart; sent: number[]; line: { level: boolean } & InterruptLine } {
  const line = {
    level: false,
    set(level: boolean): void {
      line.level = level;
    },
  };
  const uart = new SifiveUart(line, 4340);
  const sent: number[] = [];
  uart.onTransmit = (byte): void => {
    sent.push(byte);
  };
  return { uart, sent, line };
}

// FU540-C000 manual v1p4, table 84 and the sections after it.
describe("SiFive's UART", () => {
  test("has its registers where the manual has them, with their values after a reset", () => {
    const { uart } = make();
    const read = (offset: number): number => uart.read(offset, 4);
    expect([0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18].map(read)).toEqual([
      ...[0, 0x80000000, 0, 0, 0, 0, 4340],
    ]);
    expect(Register).toEqual({
      ...{ TXDATA: 0, RXDATA: 4, TXCTRL: 8, RXCTRL: 12, IE: 16, IP: 20, DIV: 24 },
    });
  });

  test("keeps of a write what its fields hold", () => {
    const { uart } = make();
    for (const offset of [Register.TXCTRL, Register.RXCTRL, Register.IE, Register.IP, Register.DIV])
      uart.write(offset, -1, 4);
    expect(uart.read(Register.TXCTRL, 4)).toBe(0x70003);
    expect(uart.read(Register.RXCTRL, 4)).toBe(0x70001);
    expect(uart.read(Register.IE, 4)).toBe(3);
    expect(uart.read(Register.DIV, 4)).toBe(0xffff);
  });

  test("holds 8 characters while the transmitter is off, ignores the ninth, and sends when it is on", () => {
    const { uart, sent } = make();
    for (let byte = 1; byte <= 9; byte++) {
      expect(uart.read(Register.TXDATA, 4) === SifiveUartData.FULL).toBe(byte === 9);
      uart.write(Register.TXDATA, byte, 4);
    }
    expect(sent).toEqual([]);
    uart.write(Register.TXCTRL, 1, 4);
    expect(sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(uart.read(Register.TXDATA, 4)).toBe(0);
    uart.write(Register.TXDATA, 0x141, 4);
    expect(sent.at(-1)).toBe(0x41);
  });

  test("interrupts below the transmit watermark, strictly", () => {
    const { uart, line } = make();
    uart.write(Register.IE, 1, 4);
    expect([uart.read(Register.IP, 4), line.level]).toEqual([0, false]);
    uart.write(Register.TXCTRL, 2 << 16, 4);
    expect([uart.read(Register.IP, 4), line.level]).toEqual([1, true]);
    uart.write(Register.TXDATA, 0, 4);
    expect(line.level).toBe(true);
    uart.write(Register.TXDATA, 0, 4);
    expect([uart.read(Register.IP, 4), line.level]).toEqual([0, false]);
  });

  test("interrupts above the receive watermark, strictly, and only where it is enabled", () => {
    const { uart, line } = make();
    uart.write(Register.RXCTRL, (1 << 16) | 1, 4);
    uart.receive(Uint8Array.of(65));
    expect(uart.read(Register.IP, 4)).toBe(0);
    uart.receive(Uint8Array.of(66));
    expect([uart.read(Register.IP, 4), line.level]).toEqual([2, false]);
    uart.write(Register.IE, 2, 4);
    expect(line.level).toBe(true);
    expect(uart.read(Register.RXDATA, 4)).toBe(65);
    expect([uart.read(Register.IP, 4), line.level]).toEqual([0, false]);
  });

  test("receives nothing while the receiver is off, and loses nothing beyond its 8 places", () => {
    const { uart } = make();
    uart.receive(Uint8Array.from({ length: 20 }, (_, index) => index));
    expect(uart.read(Register.RXDATA, 4)).toBe(SifiveUartData.EMPTY);
    uart.write(Register.RXCTRL, 1, 4);
    const received = Array.from({ length: 21 }, () => uart.read(Register.RXDATA, 4));
    expect(received).toEqual([...Array.from({ length: 20 }, (_, index) => index), 0x80000000]);
  });

  test("has registers of 32 bits only", () => {
    const { uart, sent } = make();
    uart.write(Register.TXCTRL, 1, 4);
    uart.write(Register.TXDATA, 65, 1);
    expect([sent, uart.read(Register.TXCTRL, 1)]).toEqual([[], 0]);
  });
});
