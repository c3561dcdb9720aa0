import { checkInvariants } from "@cantrip/sel4-kernel";
import { describe, expect, it } from "vitest";
import { boot, inUse } from "./sparrow-session.ts";

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
