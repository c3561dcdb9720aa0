import { performance } from "node:perf_hooks";
import { sparrow } from "@cantrip/assembly/cantrip";
import { bootSystem } from "@cantrip/assembly/riscv";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { assemble } from "@cantrip/hw-riscv/asm";
import { SdkRequest } from "@cantrip/interfaces/sdk";
import { cantrip } from "@cantrip/sel4-config";
import { messageInfo } from "@cantrip/sel4-sys";
import { makeFlash, packApplication } from "../flash.ts";
import { type Measurement, median } from "./measurement.ts";

const TEXT = 0x1_0000;
/** Byte of the IPC buffer at which the first capability of a message is named. */
const CAPS = 488;
const RUNS = 7;
const BOOT_SECONDS = 2;
/** Virtual seconds of a run. */
const SECONDS = 0.5;
/** Instructions of the application in a round: what `cantrip_sdk_ping` compiles to, and the loop. */
const APPLICATION_INSTRUCTIONS = 11;
/** System calls of a round: the application's call, and the runtime's that deletes the page's capability and its reply. */
const CALLS_PER_PING = 3;

/** Pings as `cantrip_sdk_ping` of the C library makes them. */
const PROGRAM = `
  mv s0, a0
  mv s1, a1
  mv s2, a2
again:
  sw s2, ${CAPS}(s0)
  mv a0, s1
  li a1, ${messageInfo(SdkRequest.Ping, 0, 1)}
  li a2, 0
  li a3, 0
  li a4, 0
  li a5, 0
  li a7, ${cantrip.syscall.call}
  ecall
  bnez a1, refused
  j again
refused:
  sw zero, 0(zero)
`;

/** Pings of an application in machine code to the SDK runtime: virtual instructions, and host time. */
export function benchSdkPing(): Measurement[] {
  const elf = writeElf({
    machine: EM_RISCV,
    entry: TEXT,
    segments: [
      {
        ...{ vaddr: TEXT, data: assemble(PROGRAM, { base: TEXT }).bytes },
        flags: { read: true, write: false, execute: true },
      },
    ],
  });
  let console = "";
  const system = bootSystem({
    ...{ system: sparrow(), flash: makeFlash([packApplication("ping", elf)]) },
    onConsole: (byte) => {
      console += String.fromCharCode(byte);
    },
  });
  const { machine, kernel, cyclesPerSecond } = system;
  const advance = (seconds: number): void => {
    system.run({ untilCycle: machine.cycles + seconds * cyclesPerSecond });
  };
  advance(BOOT_SECONDS);
  system.type("start ping\r");
  advance(BOOT_SECONDS);
  if (!console.includes('"ping" started')) throw new Error(`ping did not start: ${console}`);
  const milliseconds: number[] = [];
  const instructions: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { syscalls } = kernel;
    const began = performance.now();
    advance(SECONDS);
    const pings = (kernel.syscalls - syscalls) / CALLS_PER_PING;
    milliseconds.push((performance.now() - began) / pings);
    instructions.push((SECONDS * cyclesPerSecond) / pings - APPLICATION_INSTRUCTIONS);
  }
  if (console.includes("fault")) throw new Error(`a ping was refused: ${console}`);
  const ms = median(milliseconds);
  return [
    { name: "SDK ping of an application", ours: ms * 1e6, unit: "ns", opsPerSecond: 1000 / ms },
    {
      name: "SDK ping: steps of the services",
      ...{ ours: median(instructions), unit: "virtual instructions" },
    },
  ];
}
