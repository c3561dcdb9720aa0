import { Machine } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { expect, test } from "vitest";
import { MachinePort } from "../src/riscv/machine-port.ts";

const CONTEXT_PC = 32;

test("a thread goes on at an even address, whatever its fault handler answers: sepc has no lowest bit", () => {
  const machine = new Machine({ platform: sparrow() });
  const port = new MachinePort(machine, { transmitNow: () => undefined, drain: () => undefined });
  const context = new Int32Array(64);
  context[CONTEXT_PC] = 0x10001;
  port.loadContext(context, new BigInt64Array(context.buffer));
  expect(machine.pc).toBe(0x10000);
  context[CONTEXT_PC] = -1;
  port.loadContext(context, new BigInt64Array(context.buffer));
  expect(machine.pc).toBe(0xfffffffe);
});
