import { type ComponentBirth, ComponentRuntime, ComponentThread } from "@cantrip/camkes-rpc";
import { runTask, type UserContext } from "@cantrip/hosted";
import { LogLevel, MAX_LOG_BYTES } from "@cantrip/interfaces/logger";
import { formatRecord, Logger, logLevelName, parseLogLevel } from "@cantrip/logger";
import { decodeUtf8, encodeUtf8 } from "@cantrip/postcard";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

const PAGE = 0x2000;

const birth: ComponentBirth = {
  name: "x",
  profile: "cantrip",
  selfCNode: 2,
  selfVSpaceRoot: 3,
  firstSlot: 10,
  lastSlot: 20,
  recvCNode: 4,
  recvCNodeDepth: 8,
  threads: { control: { tcb: 1, ipcBuffer: 0x1000 } },
  preInit: 5,
  interfaceInit: 6,
  postInit: 7,
  semaphores: {},
  semaphoreValues: {},
  mutexes: {},
  clients: { logger: { endpoint: 30, sharedPage: PAGE } },
  servers: {},
  dataports: {},
  interrupts: {},
  copyRegions: {},
};

/** A thread whose calls are all answered with `label`; collects the first bytes of its page at each call. */
function setUp(label: number): {
  thread: ComponentThread;
  run: (task: ReturnType<Logger["log"]>) => void;
  records: number[][];
} {
  const registers = new Uint32Array(32);
  const memory = new Uint8Array(0x4000);
  const context = {
    register: (index: number) => registers[index] ?? 0,
    setRegister: (index: number, value: number) => (registers[index] = value),
    copyOut: (address: number, source: Uint8Array) => {
      memory.set(source, address);
    },
  } as unknown as UserContext;
  const records: number[][] = [];
  const thread = new ComponentThread("control", new ComponentRuntime(birth), context);
  return {
    thread,
    records,
    run: (task) => {
      runTask(task, () => {
        expect([registers[10], registers[11]]).toEqual([30, 0]);
        records.push([...memory.subarray(PAGE, PAGE + 8)]);
        // The label of a message info begins at bit 12.
        registers[11] = label << 12;
      });
    },
  };
}

describe("Logger", () => {
  it("puts CantripOS's bytes into the shared page", () => {
    const { thread, run, records } = setUp(0);
    run(new Logger(thread).info("a", "b"));
    expect(records).toEqual([[0, 3, 4, 0x61, 0x3a, 0x3a, 0x62, 0]]);
  });

  it("sends what its level allows, each with its own level", () => {
    const { thread, run, records } = setUp(0);
    const logger = new Logger(thread, { level: LogLevel.Warn });
    run(logger.error("a", "b"));
    run(logger.warn("a", "b"));
    run(logger.info("a", "b"));
    logger.level = LogLevel.Trace;
    run(logger.debug("a", "b"));
    run(logger.trace("a", "b"));
    expect(records.map((record) => record[1])).toEqual([1, 2, 4, 5]);
  });

  it("does not mind a console that refuses", () => {
    const { thread, run, records } = setUp(3);
    const logger = new Logger(thread);
    run(logger.info("a", "b"));
    run(logger.info("a", "b"));
    expect(records).toHaveLength(2);
  });

  it("sends the longest record and any text", () => {
    const { thread, run, records } = setUp(0);
    const logger = new Logger(thread);
    run(logger.info("t", "x".repeat(5000)));
    run(logger.info("t", "\ud800"));
    expect(records[0]?.slice(0, 4)).toEqual([0, 3, 0xfc, 0x0f]);
    expect(records[1]?.slice(3)).toEqual([0x74, 0x3a, 0x3a, 0xef, 0xbf]);
  });

  it("needs the interface", () => {
    const { thread } = setUp(0);
    expect(() => new Logger(thread, { interfaceName: "other" })).toThrow(RangeError);
  });
});

describe("formatRecord", () => {
  it("cuts to the limit in bytes, between characters", () => {
    expect(formatRecord("a", "b")).toBe("a::b");
    expect(formatRecord("", "b")).toBe("::b");
    expect(formatRecord("a", "0123456789", 10)).toBe("a::0123...");
    expect(formatRecord("a", "0123456", 10)).toBe("a::0123456");
    expect(formatRecord("a", "\u20ac\u20ac\u20ac", 10)).toBe("a::\u20ac...");
    expect(formatRecord("a", "\u20ac\u20ac\u20ac", 11)).toBe("a::\u20ac...");
    expect(encodeUtf8(formatRecord("a", "x".repeat(9999))).length).toBe(MAX_LOG_BYTES);
  });

  it("is well-formed and within the limit for any text", () => {
    const report = new FuzzReport("log record");
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.array(fc.integer({ min: 0xd700, max: 0xe000 })),
        fc.integer({ min: 3, max: 60 }),
        (text, units, limit) => {
          const record = formatRecord("t", text + String.fromCharCode(...units), limit);
          const bytes = encodeUtf8(record);
          expect(bytes.length).toBeLessThanOrEqual(limit);
          expect(decodeUtf8(bytes)).toBe(record);
          report.succeeded();
        },
      ),
    );
    report.finish();
  });
});

describe("levels", () => {
  it("have the names of Rust's log crate", () => {
    expect([0, 1, 2, 3, 4, 5, 6].map(logLevelName)).toEqual([
      "OFF",
      "ERROR",
      "WARN",
      "INFO",
      "DEBUG",
      "TRACE",
      undefined,
    ]);
    expect(["off", "Info", "TRACE", "x"].map(parseLogLevel)).toEqual([0, 3, 5, undefined]);
  });
});
