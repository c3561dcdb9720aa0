import { writeCpio } from "@cantrip/cpio";
import { EventQueue, type BusDevice, type DeviceEnvironment } from "@cantrip/hw-riscv";
import { MailboxRegister, MailboxStatus } from "@cantrip/hw-riscv/registers";
import { securityCore, type SecurityCoreOptions } from "@cantrip/hw-security-core";
import {
  failedAnswer,
  isWholePage,
  LENT_PAGE_BYTES as PAGE,
  LONG_MESSAGE,
  MailboxHandshake,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { codec } from "@cantrip/postcard";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { rarely } from "../../../tools/fuzz/rarely.ts";

const RAM_BASE = 0x28000000;
const RAM_BYTES = 4 * PAGE;
const CANARY = 0x5a;
const format = { format: "0.7" } as const;
const requests = codec(securityCoreRequest, format);
const failed = codec(failedAnswer, format);
const flash = writeCpio([{ name: "a.app", data: new Uint8Array(PAGE + 7).fill(0x41) }]);

class Bench {
  readonly ram = new Uint8Array(RAM_BYTES).fill(CANARY);
  readonly #queue = new EventQueue();
  readonly #device: BusDevice;
  now = 0;

  constructor(options: SecurityCoreOptions = { flash }) {
    const { ram } = this;
    const now = (): number => this.now;
    const within = (paddr: number, length: number): boolean =>
      paddr >= RAM_BASE && paddr + length <= RAM_BASE + RAM_BYTES;
    const environment: DeviceEnvironment = {
      clock: {
        get now() {
          return now();
        },
        cyclesPerSecond: 96_000_000,
        schedule: (at, action) => this.#queue.add(at, action),
        cancel: (event) => {
          this.#queue.cancel(event);
        },
      },
      interrupts: [],
      contents: undefined,
      memory: {
        read(paddr, target) {
          if (!within(paddr, target.length)) return false;
          target.set(ram.subarray(paddr - RAM_BASE, paddr - RAM_BASE + target.length));
          return true;
        },
        write(paddr, source) {
          if (!within(paddr, source.length)) return false;
          ram.set(source, paddr - RAM_BASE);
          return true;
        },
      },
      hartLine: () => ({ set: () => undefined }),
      setInterruptSink: () => undefined,
      setTimeSource: () => undefined,
      halt: () => undefined,
    };
    this.#device = securityCore(options).create(environment);
  }

  send(header: number, paddr: number): void {
    this.#device.write(MailboxRegister.MBOXW, header, 4);
    this.#device.write(MailboxRegister.MBOXW, paddr, 4);
  }
  /** Words that came back. */
  receive(): number[] {
    const words: number[] = [];
    while ((this.#device.read(MailboxRegister.STATUS, 4) & MailboxStatus.EMPTY) === 0)
      words.push(this.#device.read(MailboxRegister.MBOXR, 4) >>> 0);
    return words;
  }
  advance(microseconds: number): void {
    const end = this.now + microseconds * 96;
    while (this.#queue.next <= end) {
      this.now = Math.max(this.now, this.#queue.next);
      this.#queue.runDue(this.now);
    }
    this.now = end;
  }
  page(index: number): Uint8Array {
    return this.ram.subarray(index * PAGE, (index + 1) * PAGE);
  }
}

function isHandshakeAnswer(bytes: Uint8Array): boolean {
  const { WORDS, ANSWER_FIRST, ANSWER_LAST } = MailboxHandshake;
  if (bytes.length !== WORDS * 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return (
    view.getUint32(0, true) === ANSWER_FIRST &&
    view.getUint32(bytes.length - 4, true) === ANSWER_LAST
  );
}

describe("the security core", () => {
  it("leaves its boot ROM's words in the mailbox, and answers requests afterwards", () => {
    const words = [16, RAM_BASE + PAGE, RAM_BASE + 2 * PAGE, RAM_BASE - 0x10000, 0x10000];
    const bench = new Bench({ flash, bootMessage: words });
    expect(bench.receive()).toEqual(words);
    const request = requests.encode({ type: "GetBuiltins" });
    bench.page(1).set(request);
    bench.send(LONG_MESSAGE + request.length, RAM_BASE + PAGE);
    bench.advance(1000);
    expect(bench.receive()[1]).toBe(RAM_BASE + PAGE);
    expect(new Bench().receive()).toEqual([]);
    expect(() => securityCore({ bootMessage: new Array<number>(9).fill(0) })).toThrow(
      "boot message of 9 words: 8 fit",
    );
  });

  it("takes virtual time to answer", () => {
    const bench = new Bench({ flash, answerMicroseconds: 50 });
    const request = requests.encode({ type: "GetBuiltins" });
    bench.page(1).set(request);
    bench.send(LONG_MESSAGE + request.length, RAM_BASE + PAGE);
    bench.advance(49);
    expect(bench.receive()).toEqual([]);
    bench.advance(1);
    expect(bench.receive()[1]).toBe(RAM_BASE + PAGE);
  });

  it("works through four messages in order, as answers find room", () => {
    const bench = new Bench();
    const request = requests.encode({ type: "Test", value: 1 });
    for (let index = 0; index < 4; index++) {
      bench.page(index).set(request);
      bench.send(LONG_MESSAGE + request.length, RAM_BASE + index * PAGE);
    }
    bench.advance(1000);
    expect(bench.receive().filter((_, index) => index % 2 === 1)).toEqual(
      [0, 1, 2, 3].map((index) => RAM_BASE + index * PAGE),
    );
  });

  it("waits with an answer that finds no room", () => {
    const bench = new Bench();
    const request = requests.encode({ type: "Test", value: 1 });
    for (let index = 0; index < 6; index++) {
      bench.send(LONG_MESSAGE + request.length, RAM_BASE);
      bench.advance(200);
    }
    // The fifth answer comes as soon as reading makes room, and only then the sixth message is taken.
    expect(bench.receive()).toHaveLength(10);
    bench.advance(99);
    expect(bench.receive()).toHaveLength(0);
    bench.advance(1);
    expect(bench.receive()).toHaveLength(2);
  });

  it("answers whatever is in the page, touches no other, and goes on", () => {
    const report = new FuzzReport("security core");
    const valid = fc.oneof(
      fc.constant({ type: "GetBuiltins" as const }),
      fc.record({ type: fc.constant("FindFile" as const), value: fc.constantFrom("a.app", "b") }),
      fc.record({
        type: fc.constant("GetFilePage" as const),
        fid: fc.constantFrom(1, 1, 1, 2),
        offset: fc.constantFrom(0, 1, PAGE, PAGE + 7),
      }),
      fc.record({ type: fc.constant("Test" as const), value: fc.nat({ max: 1024 }) }),
    );
    const mutation = fc.record({ at: fc.nat({ max: 40 }), value: fc.nat({ max: 255 }) });
    const sometimes = (value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> =>
      fc.oneof({ arbitrary: fc.constant(undefined), weight: 8 }, { arbitrary: value, weight: 1 });
    const wild = {
      header: sometimes(fc.nat({ max: 0xffffffff })),
      paddr: sometimes(
        fc.constantFrom(0, RAM_BASE - PAGE, RAM_BASE + 4, RAM_BASE + RAM_BYTES, 0xfffff000),
      ),
    };
    const handshake = fc
      .tuple(
        rarely(fc.constantFrom(0, MailboxHandshake.ANSWER_FIRST), 4),
        rarely(fc.constantFrom(0, MailboxHandshake.ANSWER_LAST), 4),
      )
      .map(([first = MailboxHandshake.REQUEST_FIRST, last = MailboxHandshake.REQUEST_LAST]) => {
        const bytes = new Uint8Array(MailboxHandshake.WORDS * 4);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, first, true);
        view.setUint32(bytes.length - 4, last, true);
        return bytes;
      });
    const message = fc.record({
      request: fc.oneof(
        { weight: 8, arbitrary: valid.map((value) => requests.encode(value)) },
        { weight: 1, arbitrary: handshake },
      ),
      /** So many messages before, whose answers nobody takes. */
      burst: rarely(fc.integer({ min: 2, max: 6 }), 10),
      mutations: fc.array(mutation, { maxLength: 2 }),
      ...wild,
    });
    const many = Array.from({ length: 200 }, (_, index) => ({
      name: `${"x".repeat(30)}${index}`,
      data: Uint8Array.of(index),
    }));
    const options = fc.oneof(
      { weight: 6, arbitrary: fc.constant<SecurityCoreOptions>({ flash }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<SecurityCoreOptions>(
          {},
          { flash: flash.subarray(0, flash.length - 150) },
          { flash: writeCpio(many) },
          { files: new Map([["a.app", new Uint8Array(PAGE + 7)]]), answerMicroseconds: 20 },
        ),
      },
    );
    fc.assert(
      fc.property(options, fc.array(message, { minLength: 1, maxLength: 10 }), (made, messages) => {
        const bench = new Bench(made);
        for (const { request, mutations, header, paddr, burst = 0 } of messages) {
          bench.ram.fill(CANARY);
          const test = requests.encode({ type: "Test", value: 1 });
          for (let sent = 0; sent < burst; sent++) {
            bench.page(1).set(test);
            bench.send(LONG_MESSAGE + test.length, RAM_BASE + PAGE);
            bench.advance(200);
          }
          for (let answered = 0; answered < burst;) {
            const count = bench.receive().length / 2;
            expect(count).toBeGreaterThan(0);
            answered += count;
            bench.advance(200);
          }
          report.succeeded(burst);
          bench.ram.fill(CANARY);
          const bytes = request.slice();
          for (const { at, value } of mutations) if (at < bytes.length) bytes[at] = value;
          bench.page(1).set(bytes);
          bench.send(header ?? LONG_MESSAGE + bytes.length, paddr ?? RAM_BASE + PAGE);
          bench.advance(200);
          const words = bench.receive();
          expect(words).toHaveLength(2);
          expect(words[1]).toBe(paddr ?? RAM_BASE + PAGE);
          const size = (words[0] ?? 0) - LONG_MESSAGE;
          expect(size).toBeGreaterThanOrEqual(0);
          expect(size).toBeLessThanOrEqual(PAGE);
          for (const other of [0, 2, 3])
            expect(bench.page(other).every((byte) => byte === CANARY)).toBe(true);
          if (size === 0) {
            report.refused("no page");
            expect(header ?? paddr).toBeDefined();
            continue;
          }
          if (isHandshakeAnswer(bench.page(1).subarray(0, size))) {
            report.succeeded();
            continue;
          }
          const answer = failed.safeDecode(bench.page(1).subarray(0, size));
          if (!isWholePage(size) && answer.ok && answer.value.type === "Err")
            report.refused(`code ${answer.value.value}`);
          else report.succeeded();
          expect(isWholePage(size) || answer.ok).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(report.refusals("no page")).toBeGreaterThan(0);
    expect(report.refusals()).toBeGreaterThan(report.refusals("no page"));
    report.finish();
  });

  it("is not there while it is held in reset", () => {
    const bench = new Bench({ flash, isHeldInReset: true });
    bench.send(LONG_MESSAGE + 1, RAM_BASE);
    bench.advance(1000);
    expect(bench.receive()).toEqual([]);
  });
});
