import type { UserContext } from "@cantrip/hosted";
import { Mailbox as MailboxDevice, type MailboxPort } from "@cantrip/hw-riscv/devices";
import { MailboxError, MailboxInterrupt, MailboxRegister } from "@cantrip/hw-riscv/registers";
import { MAX_OUTSTANDING, Mailbox } from "@cantrip/mailbox-driver";
import { describe, expect, it } from "vitest";

const BASE = 0x5000;
const LONG = 0x80000000;

/** The driver's registers are the device's, and the other end is the test. */
function setUp(isConnected = true): {
  driver: Mailbox;
  context: UserContext;
  device: MailboxDevice;
  port: MailboxPort;
  rtirq: () => boolean;
} {
  const ends: MailboxPort[] = [];
  let level = false;
  const none = { set: (): void => undefined };
  const lines = [none, { set: (value: boolean) => void (level = value) }, none];
  const device = isConnected
    ? new MailboxDevice(lines, (port) => {
        ends.push(port);
        return { changed: () => undefined };
      })
    : new MailboxDevice(lines);
  const context = {
    load32: (address: number) => device.read(address - BASE, 4),
    store32: (address: number, value: number) => {
      device.write(address - BASE, value);
    },
  } as unknown as UserContext;
  const driver = new Mailbox(BASE);
  const port = ends[0] ?? { available: 0, room: 0, take: () => undefined, put: () => false };
  return { driver, context, device, port, rtirq: () => level };
}

describe("the mailbox driver", () => {
  it("sends a header with the long flag, and the address", () => {
    const { driver, context, port } = setUp();
    driver.setUp(context);
    expect(driver.send(context, { paddr: 0xfffff000, sizeBytes: 68 })).toBe(true);
    expect([port.take(), port.take(), port.take()]).toEqual([LONG + 68, 0xfffff000, undefined]);
  });

  it("sends a message as a whole or not at all", () => {
    const { driver, context, device, port } = setUp();
    driver.setUp(context);
    for (let word = 0; word < 7; word++) device.write(MailboxRegister.MBOXW, word);
    expect(driver.send(context, { paddr: 0x1000, sizeBytes: 4 })).toBe(false);
    expect(port.available).toBe(7);
    expect(driver.outstanding).toBe(0);
    port.take();
    expect(driver.send(context, { paddr: 0x1000, sizeBytes: 4 })).toBe(true);
  });

  it("lets only as many messages wait as there is room for answers", () => {
    const { driver, context, port } = setUp();
    driver.setUp(context);
    for (let sent = 0; sent < MAX_OUTSTANDING; sent++) {
      expect(driver.send(context, { paddr: sent * 4096, sizeBytes: 4 })).toBe(true);
      port.take();
      port.take();
    }
    expect(driver.send(context, { paddr: 0x9000, sizeBytes: 4 })).toBe(false);
    port.put(LONG + 4);
    port.put(0);
    driver.drain(context);
    driver.next();
    expect(driver.send(context, { paddr: 0x9000, sizeBytes: 4 })).toBe(true);
  });

  it("refuses a length that would touch the flag", () => {
    const { driver, context, port } = setUp();
    driver.setUp(context);
    expect(driver.send(context, { paddr: 0x1000, sizeBytes: LONG })).toBe(false);
    expect(port.available).toBe(0);
  });

  it("sends nothing to nobody", () => {
    const { driver, context } = setUp(false);
    driver.setUp(context);
    expect(driver.send(context, { paddr: 0x1000, sizeBytes: 4 })).toBe(false);
    expect(driver.takeErrors(context)).toBe(0);
  });

  it("puts halves of messages together", () => {
    const { driver, context, port } = setUp();
    driver.setUp(context);
    port.put(LONG + 4);
    expect(driver.drain(context)).toBe(0);
    expect(driver.next()).toBeUndefined();
    port.put(0x2000);
    port.put(LONG + 8);
    expect(driver.drain(context)).toBe(1);
    port.put(0x3000);
    expect(driver.drain(context)).toBe(1);
    expect([driver.next(), driver.next(), driver.next()]).toEqual([
      { paddr: 0x2000, sizeBytes: 4 },
      { paddr: 0x3000, sizeBytes: 8 },
      undefined,
    ]);
  });

  it("drops more than it can have asked for", () => {
    const { driver, context, port } = setUp();
    driver.setUp(context);
    let received = 0;
    for (let message = 0; message <= MAX_OUTSTANDING; message++) {
      port.put(LONG + 4);
      port.put(message * 4096);
      received += driver.drain(context);
    }
    expect(received).toBe(MAX_OUTSTANDING);
    expect(Array.from({ length: 5 }, () => driver.next()?.paddr)).toEqual([
      0,
      4096,
      8192,
      12288,
      undefined,
    ]);
  });

  it("raises rtirq for a message, and not after it was drained and cleared", () => {
    const { driver, context, port, rtirq } = setUp();
    driver.setUp(context);
    expect(rtirq()).toBe(false);
    port.put(LONG + 4);
    port.put(0x1000);
    expect(rtirq()).toBe(true);
    driver.drain(context);
    driver.clearInterrupt(context, MailboxInterrupt.RTIRQ);
    expect(rtirq()).toBe(false);
  });

  it("forgets at set-up what a boot loader left behind", () => {
    const { driver, context, device, port, rtirq } = setUp();
    port.put(LONG + 4);
    device.read(MailboxRegister.MBOXR, 4);
    device.read(MailboxRegister.MBOXR, 4);
    port.put(7);
    driver.setUp(context);
    expect(rtirq()).toBe(false);
    expect(driver.drain(context)).toBe(0);
    expect(driver.takeErrors(context)).toBe(0);
    device.read(MailboxRegister.MBOXR, 4);
    expect(driver.takeErrors(context)).toBe(MailboxError.READ);
  });
});
