import { type DeviceClock, EventQueue, type InterruptLine } from "@cantrip/hw-riscv";
import {
  FlashMemory,
  OpenTitanUart,
  type OpenTitanUartOptions,
  Plic,
  RvTimer,
} from "@cantrip/hw-riscv/devices";
import {
  PlicRegister,
  RV_TIMER_LAYOUT,
  RV_TIMER_OLD_LAYOUT,
  UartCtrl,
  UartFifoCtrl,
  UartInterrupt,
  UartRegister,
  UartStatus,
} from "@cantrip/hw-riscv/registers";
import { describe, expect, test } from "vitest";

/** Virtual time that tests move by hand. */
class TestClock implements DeviceClock {
  now = 0;
  readonly cyclesPerSecond = 96_000_000;
  readonly #events = new EventQueue();
  schedule(at: number, action: () => void): ReturnType<EventQueue["add"]> {
    return this.#events.add(at, action);
  }
  cancel(event: ReturnType<EventQueue["add"]>): void {
    this.#events.cancel(event);
  }
  advance(cycles: number): void {
    const end = this.now + cycles;
    while (this.#events.next <= end) {
      this.now = Math.max(this.now, this.#events.next);
      this.#events.runDue(this.now);
    }
    this.now = end;
  }
  get idle(): boolean {
    return this.#events.next === Infinity;
  }
}

class TestLine implements InterruptLine {
  level = false;
  rises = 0;
  set(level: boolean): void {
    if (level && !this.level) this.rises++;
    this.level = level;
  }
}

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("OpenTitan UART", () => {
  const NCO = Math.floor((115200 * 2 ** 20) / 48_000_000);
  const CHARACTER = Math.ceil(960_000_000 / ((48_000_000 * NCO) / 2 ** 20));
  function uart(options: Partial<OpenTitanUartOptions> = {}): {
    uart: OpenTitanUart;
    clock: TestClock;
    lines: TestLine[];
    sent: number[];
    read: (register: number) => number;
    write: (register: number, value: number) => void;
  } {
    const clock = new TestClock();
    const lines = Array.from({ length: 8 }, () => new TestLine());
    const device = new OpenTitanUart(clock, lines, { clockHz: 48_000_000, ...options });
    const sent: number[] = [];
    device.onTransmit = (byte): void => {
      sent.push(byte);
    };
    const write = (register: number, value: number): void => {
      device.write(register, value);
    };
    return {
      uart: device,
      clock,
      lines,
      sent,
      read: (register) => device.read(register, 4),
      write,
    };
  }
  function enabled(options?: Partial<OpenTitanUartOptions>): ReturnType<typeof uart> {
    const bench = uart(options);
    bench.write(UartRegister.CTRL, (NCO << UartCtrl.NCO_SHIFT) | UartCtrl.TX | UartCtrl.RX);
    bench.write(UartRegister.INTR_ENABLE, 0xff);
    return bench;
  }

  test("status after reset: empty and idle", () => {
    const { read } = uart();
    const { TXEMPTY, TXIDLE, RXIDLE, RXEMPTY } = UartStatus;
    expect(read(UartRegister.STATUS)).toBe(TXEMPTY | TXIDLE | RXIDLE | RXEMPTY);
    expect(read(UartRegister.INTR_STATE)).toBe(0);
  });

  test("a byte leaves after the time of its bits", () => {
    const { clock, sent, read, write } = enabled();
    write(UartRegister.WDATA, 0x41);
    clock.advance(CHARACTER - 1);
    expect(sent).toEqual([]);
    expect(read(UartRegister.STATUS) & UartStatus.TXIDLE).toBe(0);
    clock.advance(1);
    expect(sent).toEqual([0x41]);
    expect(read(UartRegister.STATUS) & UartStatus.TXIDLE).not.toBe(0);
  });

  test("nothing leaves while the transmitter is off or has no baud rate", () => {
    const { clock, sent, write } = uart();
    write(UartRegister.WDATA, 1);
    clock.advance(1e9);
    write(UartRegister.CTRL, UartCtrl.TX);
    clock.advance(1e9);
    expect(sent).toEqual([]);
    expect(clock.idle).toBe(true);
    write(UartRegister.CTRL, (NCO << UartCtrl.NCO_SHIFT) | UartCtrl.TX);
    clock.advance(CHARACTER);
    expect(sent).toEqual([1]);
  });

  test("the transmit FIFO holds 32 bytes, and says so", () => {
    const { clock, sent, read, write } = enabled();
    for (let byte = 0; byte < 40; byte++) write(UartRegister.WDATA, byte);
    expect(read(UartRegister.STATUS) & UartStatus.TXFULL).not.toBe(0);
    expect(read(UartRegister.FIFO_STATUS) & 0x3f).toBe(32);
    clock.advance(CHARACTER * 40);
    // One in the shifter and 32 in the FIFO.
    expect(sent).toEqual(Array.from({ length: 33 }, (_value, index) => index));
  });

  test("a driver that polls while virtual time passes without events sees the FIFO drain", () => {
    const { clock, read, write } = enabled();
    for (let byte = 0; byte < 33; byte++) write(UartRegister.WDATA, byte);
    expect(read(UartRegister.STATUS) & UartStatus.TXFULL).not.toBe(0);
    clock.now += CHARACTER;
    expect(read(UartRegister.STATUS) & UartStatus.TXFULL).toBe(0);
  });

  test("tx_watermark and tx_empty latch when the level is crossed, and clear by writing ones", () => {
    const { clock, lines, read, write } = enabled();
    write(UartRegister.FIFO_CTRL, 3 << UartFifoCtrl.TXILVL_SHIFT); // below 16
    for (let byte = 0; byte < 20; byte++) write(UartRegister.WDATA, byte);
    clock.advance(CHARACTER * 3);
    expect(lines[UartInterrupt.TX_WATERMARK]?.level).toBe(false);
    clock.advance(CHARACTER);
    expect(lines[UartInterrupt.TX_WATERMARK]?.level).toBe(true);
    write(UartRegister.INTR_STATE, 1 << UartInterrupt.TX_WATERMARK);
    expect(lines[UartInterrupt.TX_WATERMARK]?.level).toBe(false);
    clock.advance(CHARACTER * 20);
    expect(lines[UartInterrupt.TX_WATERMARK]?.rises).toBe(1);
    expect(lines[UartInterrupt.TX_EMPTY]?.level).toBe(true);
    expect(read(UartRegister.INTR_STATE)).toBe(1 << UartInterrupt.TX_EMPTY);
  });

  test("received bytes arrive at line speed; rx_watermark latches on the crossing", () => {
    const { uart: device, clock, lines, read, write } = enabled();
    device.receive(bytes("abc"));
    clock.advance(CHARACTER - 1);
    expect(read(UartRegister.STATUS) & UartStatus.RXEMPTY).not.toBe(0);
    clock.advance(1);
    expect(lines[UartInterrupt.RX_WATERMARK]?.level).toBe(true);
    write(UartRegister.INTR_STATE, 0xff);
    clock.advance(CHARACTER * 2);
    // The level rose from 1 to 3: no new crossing.
    expect(lines[UartInterrupt.RX_WATERMARK]?.level).toBe(false);
    expect([0, 1, 2, 3].map(() => read(UartRegister.RDATA))).toEqual([0x61, 0x62, 0x63, 0]);
    expect(clock.idle).toBe(true);
  });

  test("bytes wait on the line until the receiver is on", () => {
    const { uart: device, clock, read, write } = uart();
    device.receive(bytes("x"));
    clock.advance(1e9);
    expect(clock.idle).toBe(true);
    write(UartRegister.CTRL, (NCO << UartCtrl.NCO_SHIFT) | UartCtrl.RX);
    clock.advance(CHARACTER);
    expect(read(UartRegister.RDATA)).toBe(0x78);
  });

  test("a full FIFO holds the line up, or overflows without flow control", () => {
    const held = enabled();
    held.uart.receive(new Uint8Array(40).map((_value, index) => index));
    held.clock.advance(CHARACTER * 100);
    expect(held.read(UartRegister.FIFO_STATUS) >>> 16).toBe(32);
    expect(held.lines[UartInterrupt.RX_OVERFLOW]?.level).toBe(false);
    const got: number[] = [];
    for (let index = 0; index < 40; index++) {
      got.push(held.read(UartRegister.RDATA));
      held.clock.advance(CHARACTER);
    }
    expect(got).toEqual(Array.from({ length: 40 }, (_value, index) => index));

    const bare = enabled({ flowControl: false });
    bare.uart.receive(new Uint8Array(40));
    bare.clock.advance(CHARACTER * 100);
    expect(bare.lines[UartInterrupt.RX_OVERFLOW]?.level).toBe(true);
  });

  test("rx_timeout, interrupt test, FIFO reset and loopback", () => {
    const { uart: device, clock, lines, read, write } = enabled();
    write(UartRegister.FIFO_CTRL, 2 << UartFifoCtrl.RXILVL_SHIFT);
    write(UartRegister.TIMEOUT_CTRL, (0x80000000 | 100) >>> 0);
    device.receive(bytes("q"));
    clock.advance(CHARACTER + 99 * (CHARACTER / 10));
    expect(lines[UartInterrupt.RX_TIMEOUT]?.level).toBe(false);
    clock.advance(CHARACTER);
    expect(lines[UartInterrupt.RX_TIMEOUT]?.level).toBe(true);
    write(UartRegister.INTR_TEST, 1 << UartInterrupt.RX_PARITY_ERR);
    expect(lines[UartInterrupt.RX_PARITY_ERR]?.level).toBe(true);
    write(UartRegister.FIFO_CTRL, UartFifoCtrl.RXRST);
    expect(read(UartRegister.STATUS) & UartStatus.RXEMPTY).not.toBe(0);
    write(UartRegister.CTRL, read(UartRegister.CTRL) | UartCtrl.SLPBK);
    write(UartRegister.WDATA, 0x5a);
    clock.advance(CHARACTER);
    expect(read(UartRegister.RDATA)).toBe(0x5a);
  });

  test("interrupts that are not enabled do not reach the line", () => {
    const { lines, write } = enabled();
    write(UartRegister.INTR_ENABLE, 0);
    write(UartRegister.INTR_TEST, 0xff);
    expect(lines.some((line) => line.level)).toBe(false);
    write(UartRegister.INTR_ENABLE, 0x04);
    expect(lines.map((line) => line.level)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe.each([
  ["current", RV_TIMER_LAYOUT],
  ["older", RV_TIMER_OLD_LAYOUT],
])("rv_timer, %s layout", (_name, layout) => {
  function timer(): {
    clock: TestClock;
    line: TestLine;
    read: (register: number) => number;
    write: (register: number, value: number) => void;
  } {
    const clock = new TestClock();
    const line = new TestLine();
    const device = new RvTimer(clock, line, 24_000_000, layout);
    return {
      clock,
      line,
      read: (register) => device.read(register, 4),
      write: (register, value) => {
        device.write(register, value);
      },
    };
  }

  test("resets to prescale 0, step 1, a comparator of all ones, not counting", () => {
    const { clock, read } = timer();
    clock.advance(1000);
    expect(read(layout.CFG0)).toBe(0x10000);
    expect(read(layout.COMPARE_LOWER0_0)).toBe(0xffffffff);
    expect(read(layout.COMPARE_UPPER0_0)).toBe(0xffffffff);
    expect(read(layout.TIMER_V_LOWER0)).toBe(0);
  });

  test("counts by prescaler and step", () => {
    const { clock, read, write } = timer();
    write(layout.CFG0, 2399 | (3 << 16));
    write(layout.CTRL, 1);
    clock.advance(9600 * 10 - 1);
    expect(read(layout.TIMER_V_LOWER0)).toBe(27);
    clock.advance(1);
    expect(read(layout.TIMER_V_LOWER0)).toBe(30);
  });

  test("carries into the upper half as CantripOS's set-up makes it, and interrupts exactly", () => {
    const { clock, line, read, write } = timer();
    write(layout.CFG0, 2399 | (1 << 16));
    write(layout.COMPARE_UPPER0_0, 0);
    write(layout.TIMER_V_LOWER0, 0xffff0000);
    write(layout.INTR_STATE0, 1);
    write(layout.INTR_ENABLE0, 0);
    write(layout.CTRL, 1);
    // A deadline behind the wrap: 0x1_0000_0010.
    write(layout.COMPARE_LOWER0_0, 0xffffffff);
    write(layout.COMPARE_UPPER0_0, 1);
    write(layout.COMPARE_LOWER0_0, 0x10);
    write(layout.INTR_ENABLE0, 1);
    clock.advance(0x10010 * 9600 - 1);
    expect(line.level).toBe(false);
    expect(read(layout.TIMER_V_UPPER0)).toBe(1);
    clock.advance(1);
    expect(line.level).toBe(true);
    expect(read(layout.INTR_STATE0)).toBe(1);
    // Still reached: clearing does not help until the comparator moves.
    write(layout.INTR_STATE0, 1);
    expect(line.level).toBe(true);
    write(layout.COMPARE_LOWER0_0, 0x20);
    write(layout.INTR_STATE0, 1);
    expect(line.level).toBe(false);
    clock.advance(0x10 * 9600);
    expect(line.level).toBe(true);
    write(layout.INTR_ENABLE0, 0);
    expect(line.level).toBe(false);
  });

  test("keeps its count over a change of rate, also behind a wrap", () => {
    const { clock, read, write } = timer();
    write(layout.TIMER_V_LOWER0, 0xfffffff0);
    write(layout.CTRL, 1);
    clock.advance(4 * 0x20);
    write(layout.CTRL, 0);
    clock.advance(1000);
    expect([read(layout.TIMER_V_UPPER0), read(layout.TIMER_V_LOWER0)]).toEqual([1, 0x10]);
  });

  test("INTR_TEST raises the line; nothing is planned while the interrupt is off", () => {
    const { clock, line, write } = timer();
    write(layout.CTRL, 1);
    write(layout.COMPARE_UPPER0_0, 0);
    expect(clock.idle).toBe(true);
    write(layout.INTR_ENABLE0, 1);
    expect(clock.idle).toBe(false);
    write(layout.INTR_TEST0, 1);
    expect(line.level).toBe(true);
  });
});

describe("PLIC", () => {
  const S = 1;
  function plic(): { plic: Plic; lines: TestLine[] } {
    const lines = [new TestLine(), new TestLine()];
    return {
      plic: new Plic({ sources: 32, maxPriority: 7, contexts: lines, supervisorContext: S }),
      lines,
    };
  }
  const ENABLE = PlicRegister.ENABLE + S * PlicRegister.ENABLE_STRIDE;
  const THRESHOLD = PlicRegister.THRESHOLD + S * PlicRegister.CONTEXT_STRIDE;
  const CLAIM = THRESHOLD + PlicRegister.CLAIM;

  test("claims by priority, then by number; nothing is 0", () => {
    const { plic: device, lines } = plic();
    for (const [source, priority] of [
      [3, 2],
      [5, 7],
      [4, 2],
      [32, 1],
    ] as const) {
      device.write(source * 4, priority, 4);
      device.setSource(source, true);
    }
    device.write(ENABLE, 0xffffffff, 4);
    device.write(ENABLE + 4, 1, 4);
    expect(lines.map((line) => line.level)).toEqual([false, true]);
    expect([1, 2, 3, 4, 5].map(() => device.read(CLAIM, 4))).toEqual([5, 3, 4, 32, 0]);
    expect(lines[S]?.level).toBe(false);
  });

  test("thresholds, priority 0 and disabled sources hold back", () => {
    const { plic: device, lines } = plic();
    device.setSource(6, true);
    expect(device.read(PlicRegister.PENDING, 4)).toBe(1 << 6);
    device.write(ENABLE, 1 << 6, 4);
    expect(lines[S]?.level).toBe(false); // priority 0
    device.write(6 * 4, 3, 4);
    expect(lines[S]?.level).toBe(true);
    device.write(THRESHOLD, 3, 4);
    expect(lines[S]?.level).toBe(false);
    device.write(THRESHOLD, 2, 4);
    expect(lines[S]?.level).toBe(true);
    device.write(ENABLE, 0, 4);
    expect(lines[S]?.level).toBe(false);
    expect(device.read(6 * 4, 4)).toBe(3);
  });

  test("a level is forwarded again after completion while it stays high, and not before", () => {
    const { plic: device } = plic();
    const { controller } = device;
    controller.setEnabled(9, true);
    device.setSource(9, true);
    expect(controller.claim()).toBe(9);
    device.setSource(9, false);
    device.setSource(9, true);
    expect(controller.claim()).toBe(0);
    controller.complete(9);
    expect(controller.claim()).toBe(9);
    device.setSource(9, false);
    controller.complete(9);
    expect(controller.claim()).toBe(0);
  });

  test("completing what was not claimed does nothing", () => {
    const { plic: device } = plic();
    device.controller.setEnabled(2, true);
    device.setSource(2, true);
    device.write(CLAIM, 2, 4);
    device.write(CLAIM, 3, 4);
    expect(device.read(CLAIM, 4)).toBe(2);
  });
});

test("flash reads its contents and is erased behind them", () => {
  const flash = new FlashMemory(Uint8Array.of(1, 2, 3));
  expect(flash.read(0, 4) >>> 0).toBe(0xff030201);
  expect(flash.read(100, 4) >>> 0).toBe(0xffffffff);
});
