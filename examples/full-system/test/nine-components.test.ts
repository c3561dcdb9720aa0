import { sparrow } from "@cantrip/assembly/cantrip";
import { createStrace } from "@cantrip/assembly/trace";

import { MailboxInterrupt, MailboxRegister } from "@cantrip/hw-riscv/registers";
import { type TestSystem } from "@cantrip/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { expectNoticed, mappingsOf } from "./capability-sweep.ts";
import { boot } from "./sparrow-session.ts";

const MAILBOX = 0x540f1000;
const { INTR_ENABLE, INTR_TEST } = MailboxRegister;
const EIRQ = 1 << MailboxInterrupt.EIRQ;
const { components, connections } = sparrow();
const isMemory = (connector: string): boolean =>
  connector === "cantripMMIO" || connector === "cantripSharedData";

describe("the nine components", () => {
  let session: TestSystem;
  const lines: string[] = [];
  beforeAll(() => {
    session = boot({ observer: createStrace({ write: (line) => lines.push(line) }) });
    for (const command of ["start mltest", "sleep 1200", "mldebug", "stop mltest", "mstats"])
      session.command(command);
    for (const command of ["uninstall hello", "capscan sdk", "builtins"]) session.command(command);
  });

  it("are those of CantripOS's sparrow", () => {
    const software = Object.values(components).filter(({ type }) => type.hardware !== true);
    expect(software.map(({ type }) => type.name).sort()).toEqual([
      "DebugConsole",
      "MailboxDriver",
      "MemoryManager",
      "MlCoordinator",
      "ProcessManager",
      "SDKRuntime",
      "SecurityCoordinator",
      "TimerService",
      "UARTDriver",
    ]);
  });

  it("reach the security core through mailbox and interrupt", () => {
    const begin = lines.length;
    expect(session.command("test_mailbox")).toBe("Test mailbox OK.\n");
    const path = lines.slice(begin).join("\n");
    expect(path).toMatch(/mailbox\.Send.*irq 11 -> mailbox_driver_rtirq_ntfn.*mailbox\.Recv ->/s);
  });

  it("run a model", () => {
    expect(session.transcript).toContain("[mltest]::xor.model completed\n");
    expect(session.transcript).toMatch(
      /ModelOutput \{ jobnum: 0, return_code: 0, .*data: \[0, 1, 1, 0,/,
    );
  });

  it.each(connections.filter(({ connector }) => !isMemory(connector)))(
    "have traffic on $name",
    ({ name, connector }) => {
      if (name === "mailbox_driver_irq") {
        // Nothing goes wrong by itself: the error interrupt is raised for a test.
        const { machine } = session.system;
        const enabled = machine.readPhysical32(MAILBOX + INTR_ENABLE);
        machine.writePhysical32(MAILBOX + INTR_ENABLE, enabled | EIRQ);
        machine.writePhysical32(MAILBOX + INTR_TEST, EIRQ);
        session.advance(0.01);
      }
      const traffic =
        connector === "cantripIRQ" ? `irq \\d+ -> ${name}_ntfn$` : ` via ${name}_ep badge [1-9]`;
      const pattern = new RegExp(traffic);
      expect(lines.filter((line) => pattern.test(line))).not.toEqual([]);
    },
  );

  it.each(connections.filter(({ connector }) => isMemory(connector)))(
    "use the memory of $name",
    ({ name }) => {
      const [mapping] = mappingsOf(name);
      if (mapping === undefined) throw new Error(`${name} is mapped nowhere`);
      expect(expectNoticed([mapping])).toMatchObject({ noticed: 1 });
    },
  );
});
