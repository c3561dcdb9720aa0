import { bootSpec } from "@cantrip/assembly/riscv";
import { createChromeTrace, createStrace } from "@cantrip/assembly/trace";
import { allocationOrder, type Spec, type SpecCap, SpecRight } from "@cantrip/capdl";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect, test } from "vitest";

/** `seL4_NBSend(1)` and `seL4_NBWait(9)` in machine code. */
const CODE: readonly number[] = [
  0xffa00893, // addi a7, x0, -6
  0x00100513, // addi a0, x0, 1
  0x00000593, // addi a1, x0, 0
  0x00000073, // ecall
  0xff600893, // addi a7, x0, -10
  0x00900513, // addi a0, x0, 9
  0x00000073, // ecall
  0x00000013, // nop
];

function object(name: string, rights?: number): SpecCap {
  return { kind: "object", object: name, ...(rights === undefined ? {} : { rights }) };
}

const spec: Spec = {
  arch: "riscv",
  irqs: [],
  objects: allocationOrder([
    { kind: "ep", name: "mail" },
    { kind: "sc", name: "worker_sc", sizeBits: 8, periodUs: 1000, budgetUs: 1000, data: 0 },
    {
      kind: "cnode",
      name: "worker_cnode",
      sizeBits: 4,
      hasUntypedMemory: false,
      slots: [{ slot: 1, cap: object("mail", SpecRight.write | SpecRight.read) }],
    },
    {
      kind: "frame",
      name: "code",
      sizeBits: 12,
      fill: [
        {
          kind: "file",
          destOffset: 0,
          destLength: CODE.length * 4,
          file: "code.bin",
          fileOffset: 0,
        },
      ],
    },
    {
      kind: "pt",
      name: "worker_pt",
      slots: [{ slot: 16, cap: object("code", SpecRight.read | SpecRight.grant) }],
    },
    { kind: "pt", name: "worker_pd", slots: [{ slot: 0, cap: object("worker_pt") }] },
    {
      kind: "tcb",
      name: "worker",
      addr: 0,
      ip: 0x10000,
      sp: 0x20000,
      prio: 100,
      maxPrio: 100,
      affinity: 0,
      resume: true,
      init: [],
      slots: [
        { slot: 0, cap: { kind: "object", object: "worker_cnode", guard: 0, guardSize: 28 } },
        { slot: 1, cap: object("worker_pd") },
        { slot: 6, cap: object("worker_sc") },
      ],
    },
  ]),
};

const files = new Map([["code.bin", new Uint8Array(Uint32Array.from(CODE).buffer)]]);

describe("strace of a specification", () => {
  test("calls threads and objects as the specification does", () => {
    const lines: string[] = [];
    const observer = createStrace({
      component: "worker",
      write: (line) => lines.push(line.slice(13)),
    });
    bootSpec({ kernel: cantrip, spec, files, observer }).run({ maxInstructions: 10_000_000 });
    expect(lines).toEqual([
      "worker seL4_NBSend(1 endpoint mail, label 0 [])",
      "worker seL4_NBWait(9 null) = fault",
      "worker seL4_Fault_CapFault ip=0x10018 addr=9 receive missingCapability (no handler)",
    ]);
  });

  test("and so does a Chrome trace", () => {
    const trace = createChromeTrace();
    bootSpec({ kernel: cantrip, spec, files, observer: trace }).run({
      maxInstructions: 10_000_000,
    });
    expect(trace.json()).toContain(`"thread_name","ph":"M"`);
    expect(trace.json()).toContain(`"args":{"name":"worker"}`);
    expect(trace.json()).toContain("seL4_Fault_CapFault ip=0x10018");
  });
});
