import { ConsoleSession } from "@cantrip/assembly/riscv";
import { describe, expect, it } from "vitest";
import { system, THERMOMETER } from "../src/system.ts";
import { thermometer } from "../src/thermometer.ts";

function boot(interrupt: number): ConsoleSession {
  return new ConsoleSession({ system, devices: [thermometer(THERMOMETER.base, interrupt)] });
}

describe("a device of one's own", () => {
  it("is read through its registers, and its interrupt reaches the driver", () => {
    const session = boot(THERMOMETER.interrupt);
    session.waitFor("20 degrees\n");
    session.waitFor("alarm at 26 degrees\n");
    session.waitFor("alarm at 31 degrees\n");
    expect(session.system.machine.timeMicroseconds).toBeGreaterThan(1_100_000);
  });

  it("is not heard when its interrupt goes elsewhere", () => {
    const session = boot(THERMOMETER.interrupt + 1);
    session.waitFor("20 degrees\n");
    expect(() => session.waitFor("alarm", 3)).toThrow("alarm");
  });
});
