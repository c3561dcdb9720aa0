import type { InterruptLine } from "@cantrip/hw-riscv";
import { Mailbox, type MailboxPort } from "@cantrip/hw-riscv/devices";
import {
  MAILBOX_FIFO_DEPTH as DEPTH,
  MailboxCtrl,
  MailboxError,
  MailboxInterrupt,
  MailboxRegister as Register,
  MailboxStatus as Status,
} from "@cantrip/hw-riscv/registers";
import { describe, expect, it } from "vitest";

class TestLine implements InterruptLine {
  level = false;
  set(level: boolean): void {
    this.level = level;
  }
}

const WTIRQ = 1 << MailboxInterrupt.WTIRQ;
const RTIRQ = 1 << MailboxInterrupt.RTIRQ;
const EIRQ = 1 << MailboxInterrupt.EIRQ;

function setUp(): {
  port: MailboxPort;
  changes: () => number;
  levels: () => boolean[];
  read: (register: number) => number;
  write: (register: number, value: number) => void;
} {
  const lines = [new TestLine(), new TestLine(), new TestLine()];
  const ends: MailboxPort[] = [];
  let changes = 0;
  const mailbox = new Mailbox(lines, (port) => {
    ends.push(port);
    return {
      changed: () => {
        changes++;
      },
    };
  });
  const [port] = ends;
  if (port === undefined) throw new Error("not connected");
  return {
    port,
    changes: () => changes,
    levels: () => lines.map(({ level }) => level),
    read: (register) => mailbox.read(register, 4),
    write: (register, value) => {
      mailbox.write(register, value);
    },
  };
}

describe("the mailbox", () => {
  it("is empty after reset and raises nothing", () => {
    const { read, levels } = setUp();
    expect(read(Register.STATUS)).toBe(Status.EMPTY);
    expect(read(Register.INTR_STATE)).toBe(0);
    expect(read(Register.INTR_ENABLE)).toBe(0);
    expect(levels()).toEqual([false, false, false]);
  });

  it("hands words over in order, in both directions, across the end of the FIFO", () => {
    const { port, read, write } = setUp();
    for (let round = 0; round < 5; round++) {
      const words = [0, 1, 2].map((index) => 0xfffffff0 + round - index);
      for (const word of words) write(Register.MBOXW, word);
      expect(port.available).toBe(3);
      expect(words.map(() => port.take())).toEqual(words);
      for (const word of words) expect(port.put(word)).toBe(true);
      expect(words.map(() => read(Register.MBOXR))).toEqual(words);
    }
    expect(port.take()).toBeUndefined();
  });

  it("tells the other end of words, of room, and of a flush", () => {
    const { port, changes, read, write } = setUp();
    write(Register.MBOXW, 1);
    expect(changes()).toBe(1);
    port.put(2);
    read(Register.MBOXR);
    expect(changes()).toBe(2);
    write(Register.CTRL, MailboxCtrl.FLUSH_RFIFO);
    expect(changes()).toBe(3);
  });

  it("is full at eight words: a ninth is lost, and an error says so until it is read", () => {
    const { port, read, write, levels } = setUp();
    write(Register.INTR_ENABLE, EIRQ);
    for (let word = 0; word < DEPTH; word++) write(Register.MBOXW, word);
    expect(read(Register.STATUS) & Status.FULL).not.toBe(0);
    expect(levels()[MailboxInterrupt.EIRQ]).toBe(false);
    write(Register.MBOXW, 99);
    expect(levels()[MailboxInterrupt.EIRQ]).toBe(true);
    expect(read(Register.ERROR)).toBe(MailboxError.WRITE);
    expect(read(Register.ERROR)).toBe(0);
    write(Register.INTR_STATE, EIRQ);
    expect(levels()[MailboxInterrupt.EIRQ]).toBe(false);
    expect(Array.from({ length: DEPTH + 1 }, () => port.take())).toEqual([
      ...Array(DEPTH).keys(),
      undefined,
    ]);
  });

  it("takes no ninth word from the other end either", () => {
    const { port } = setUp();
    for (let word = 0; word < DEPTH; word++) expect(port.put(word)).toBe(true);
    expect(port.room).toBe(0);
    expect(port.put(9)).toBe(false);
  });

  it("reads zero and an error where there is no word", () => {
    const { read } = setUp();
    expect(read(Register.MBOXR)).toBe(0);
    expect(read(Register.INTR_STATE)).toBe(EIRQ);
    expect(read(Register.ERROR)).toBe(MailboxError.READ);
  });

  it.each([0, 3, 7])("raises rtirq above a threshold of %d words", (threshold) => {
    const { port, read, write, levels } = setUp();
    write(Register.INTR_ENABLE, RTIRQ);
    write(Register.RIRQT, threshold);
    for (let word = 0; word < threshold; word++) port.put(word);
    expect(read(Register.STATUS) & Status.RFIFOL).toBe(0);
    expect(levels()).toEqual([false, false, false]);
    port.put(0);
    expect(read(Register.STATUS) & Status.RFIFOL).not.toBe(0);
    expect(levels()).toEqual([false, true, false]);
  });

  it("raises wtirq above the other threshold, which has three bits", () => {
    const { read, write, levels } = setUp();
    write(Register.INTR_ENABLE, WTIRQ);
    write(Register.WIRQT, 0xf9);
    expect(read(Register.WIRQT)).toBe(1);
    write(Register.MBOXW, 1);
    expect(levels()).toEqual([false, false, false]);
    write(Register.MBOXW, 2);
    expect(read(Register.STATUS) & Status.WFIFOL).not.toBe(0);
    expect(levels()).toEqual([true, false, false]);
  });

  it("keeps a state bit when the level is gone, and sets it again while it lasts", () => {
    const { port, read, write } = setUp();
    port.put(1);
    write(Register.INTR_STATE, RTIRQ);
    expect(read(Register.INTR_STATE)).toBe(RTIRQ);
    read(Register.MBOXR);
    expect(read(Register.INTR_STATE)).toBe(RTIRQ);
    write(Register.INTR_STATE, WTIRQ | EIRQ);
    expect(read(Register.INTR_STATE)).toBe(RTIRQ);
    write(Register.INTR_STATE, RTIRQ);
    expect(read(Register.INTR_STATE)).toBe(0);
  });

  it("raises a line only while its interrupt is enabled", () => {
    const { write, levels } = setUp();
    write(Register.INTR_TEST, WTIRQ | RTIRQ | EIRQ);
    expect(levels()).toEqual([false, false, false]);
    write(Register.INTR_ENABLE, WTIRQ | EIRQ);
    expect(levels()).toEqual([true, false, true]);
    write(Register.INTR_ENABLE, 0);
    expect(levels()).toEqual([false, false, false]);
  });

  it("empties each FIFO by its own bit", () => {
    const { port, read, write } = setUp();
    write(Register.MBOXW, 1);
    port.put(2);
    write(Register.CTRL, MailboxCtrl.FLUSH_WFIFO);
    expect(port.available).toBe(0);
    expect(read(Register.STATUS) & Status.EMPTY).toBe(0);
    write(Register.CTRL, MailboxCtrl.FLUSH_RFIFO);
    expect(read(Register.STATUS)).toBe(Status.EMPTY);
  });

  it("takes nothing when nobody is at the other end", () => {
    const lines = [new TestLine(), new TestLine(), new TestLine()];
    const mailbox = new Mailbox(lines);
    expect(mailbox.read(Register.STATUS, 4)).toBe(Status.EMPTY | Status.FULL);
    mailbox.write(Register.MBOXW, 1);
    expect(mailbox.read(Register.ERROR, 4)).toBe(MailboxError.WRITE);
  });

  it("reads single bytes of a register", () => {
    const { port, write } = setUp();
    write(Register.RIRQT, 5);
    port.put(1);
    const mailbox = new Mailbox([]);
    mailbox.write(Register.RIRQT, 5);
    expect(mailbox.read(Register.RIRQT, 1)).toBe(5);
    expect(mailbox.read(Register.RIRQT + 1, 1)).toBe(0);
  });
});
