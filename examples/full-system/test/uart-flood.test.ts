import { extendSystem, type SystemExtension } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import type { ApplicationMain } from "@cantrip/sdk";
import { checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import type { TestSystem } from "@cantrip/testing";
import { withApplications } from "./hosted-samples.ts";
import { boot, inUse } from "./sparrow-session.ts";
import { type Flow, stickingUartDriver, waitingConsole } from "./stuck-uart.ts";

/** More than the UART's FIFO of 32 and the driver's buffer of 512 bytes. */
const FLOOD = "x".repeat(5000);

describe("a full UART", () => {
  it("stops no service: what is typed beyond its buffers is lost, and everything else goes on", () => {
    const session = boot();
    const before = inUse(session);
    session.command("start fibonacci");
    session.type(FLOOD);
    session.advance(1);
    session.type(`${FLOOD}\r`);
    session.advance(1);
    expect(session.transcript).toContain("[15]");
    // The line that is left, of at most 128 characters, ends here.
    session.type("\r");
    session.advance(0.2);
    session.discardOutput();
    expect(session.command("status fibonacci")).toContain("fibonacci: Running\n");
    expect(session.command("stop fibonacci")).toContain("stopped.\n");
    expect(inUse(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });

  it("stops no service while more is printed than it sends", () => {
    const session = boot();
    const before = inUse(session);
    for (const name of ["logtest", "fibonacci", "hello"]) session.type(`start ${name}\r`);
    // Each prints more than the driver's buffer holds.
    for (let count = 0; count < 5; count++) session.type("test_uart\r");
    for (const line of ["sleep 10", "builtins", "mstats"]) session.type(`${line}\r`);
    session.expectConsole("Success!\n", 60);
    session.expectConsole("bytes in-use", 60);
    session.expectConsole("[20]", 60);
    session.type("\r");
    session.advance(0.2);
    for (const name of ["logtest", "fibonacci", "hello"])
      expect(session.command(`stop ${name}`)).toContain("stopped.\n");
    expect(inUse(session)).toEqual(before);
    checkInvariants(session.system.kernel.state);
  });
});

/** What applications have done that log in each round, and use their timers and keys. */
interface Rounds {
  readonly rounds: Record<string, number>;
  readonly session: TestSystem;
}

const ROUNDS = 40;
/** Of each line. */
const PADDING = "-".repeat(60);

/** Sparrow whose UART is full while three applications work; each begins after a tenth of a second. */
function workWithFullUart(flow: Flow, replace: SystemExtension["replace"] = {}): Rounds {
  const rounds: Record<string, number> = { one: 0, two: 0, three: 0 };
  const main = (name: string): ApplicationMain =>
    function* (sdk) {
      yield* sdk.timerOneshot(0, 100);
      yield* sdk.timerWait();
      for (let round = 0; round < ROUNDS; round++) {
        yield* sdk.log(`round ${round} ${PADDING}`);
        yield* sdk.writeKey("round", Uint8Array.of(round));
        yield* sdk.timerOneshot(0, 5);
        yield* sdk.timerWait();
        expect((yield* sdk.readKey("round"))[0]).toBe(round);
        rounds[name] = round + 1;
      }
      return 0;
    };
  const names = Object.keys(rounds);
  const mains = Object.fromEntries(names.map((name) => [name, main(name)]));
  const system = extendSystem(sparrow(), {
    replace: { uart_driver: { type: stickingUartDriver(flow) }, ...replace },
  });
  const session = boot({ ...withApplications(mains), system });
  for (const name of names) session.command(`start ${name}`);
  flow.isStuck = true;
  session.advance(2);
  return { rounds, session };
}

const ALL_ROUNDS = { one: ROUNDS, two: ROUNDS, three: ROUNDS };

describe("23: a UART that is full and stays full", () => {
  it("stops no service: what is logged waits in a ring, and is printed line by line", () => {
    const flow = { isStuck: false, pieceBytes: 7 };
    const { rounds, session } = workWithFullUart(flow);
    expect(rounds).toEqual(ALL_ROUNDS);
    const before = session.transcript;
    expect(before).not.toContain("round 30");
    // Who typed something waits, and is served behind what was logged before.
    session.type("echo here\r");
    session.advance(0.2);
    flow.isStuck = false;
    session.advance(3);
    const printed = session.transcript.slice(before.length);
    const lines = printed.split("\n");
    const lost = lines.flatMap(
      (line) => /^cantrip_debug_console::(\d+) log records lost$/.exec(line)?.[1] ?? [],
    );
    const records = lines.flatMap((line) => /^\[\w+\]::round \d+ -{60}$/.exec(line)?.[0] ?? []);
    expect(lost).toHaveLength(1);
    expect(records.length + Number(lost[0])).toBe(3 * ROUNDS);
    expect(records.length).toBeGreaterThan(80);
    for (const name of Object.keys(ALL_ROUNDS)) {
      const own = records.filter((line) => line.startsWith(`[${name}]`));
      const numbers = own.map((line) => Number(/round (\d+)/.exec(line)?.[1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(lines.filter((line) => line.includes("round"))).toHaveLength(records.length);
    expect(printed.indexOf("here")).toBeGreaterThan(printed.indexOf("records lost"));
    for (const name of Object.keys(ALL_ROUNDS))
      expect(session.command(`status ${name}`)).toBe(`${name}: Exited(0)\n`);
    checkInvariants(session.system.kernel.state);
  });

  it("stops no service: a mutant with the original's behaviour fails the test", () => {
    const replace = { debug_console: { type: waitingConsole() } };
    const { rounds } = workWithFullUart({ isStuck: false }, replace);
    expect(Object.values(rounds).reduce((sum, count) => sum + count, 0)).toBeLessThan(5);
  });

  it("prints what it prints when nothing is full, however little it takes at a time", () => {
    const script = (flow: Flow): string => {
      const type = stickingUartDriver(flow);
      const system = extendSystem(sparrow(), { replace: { uart_driver: { type } } });
      const session = boot({ system });
      for (const line of ["start logtest", "mdebug", "builtins", "start suicide", "mdebug"]) {
        session.command(line);
        session.advance(0.5);
      }
      return session.transcript;
    };
    const plain = script({ isStuck: false });
    expect(plain).toContain("watermark");
    expect(script({ isStuck: false, pieceBytes: 3 })).toBe(plain);
  });
});
