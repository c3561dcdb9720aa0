import { allocationOrder, SpecRight, type Spec, type SpecObject } from "@cantrip/capdl";

const { read, write, grant, grantReply } = SpecRight;

const objects: readonly SpecObject[] = [
  { kind: "ep", name: "rpc_ep" },
  { kind: "notification", name: "irq_ntfn" },
  { kind: "rtreply", name: "reply" },
  { kind: "sc", name: "sc", sizeBits: 8, periodUs: 10_000, budgetUs: 10_000, data: 0 },
  { kind: "sc", name: "long_sc", sizeBits: 8, periodUs: 2 ** 40 + 7, budgetUs: 5, data: 9 },
  {
    kind: "tcb",
    name: "tcb",
    addr: 0x3c000,
    ip: 0x10000,
    sp: 0x3a000,
    prio: 254,
    maxPrio: 253,
    affinity: 0,
    domain: 1,
    resume: true,
    init: [4, 5],
    slots: [
      { slot: 0, cap: { kind: "object", object: "cnode", guard: 0, guardSize: 27 } },
      { slot: 1, cap: { kind: "object", object: "root_pt" } },
      { slot: 4, cap: { kind: "object", object: "ipc", rights: read | write } },
      { slot: 5, cap: { kind: "object", object: "rpc_ep", badge: 4, rights: write | grant } },
      { slot: 6, cap: { kind: "object", object: "sc" } },
    ],
  },
  {
    kind: "cnode",
    name: "cnode",
    sizeBits: 5,
    hasUntypedMemory: true,
    slots: [
      { slot: 1, cap: { kind: "object", object: "cnode", guard: 0, guardSize: 27 } },
      { slot: 2, cap: { kind: "object", object: "root_pt" } },
      {
        slot: 3,
        cap: { kind: "object", object: "rpc_ep", rights: write | grant | grantReply, badge: 1 },
      },
      { slot: 4, cap: { kind: "object", object: "tcb" } },
      { slot: 5, cap: { kind: "object", object: "reply", rights: write | grant } },
      { slot: 6, cap: { kind: "object", object: "irq" } },
      { slot: 7, cap: { kind: "sched_control", core: 0 } },
      { slot: 8, cap: { kind: "irq_control" } },
      { slot: 9, cap: { kind: "domain" } },
      {
        slot: 10,
        cap: {
          kind: "object",
          object: "uart",
          rights: read | write,
          cached: false,
          mapping: { container: "leaf_pt", slot: 78 },
        },
      },
    ],
  },
  {
    kind: "pt",
    name: "root_pt",
    slots: [{ slot: 0, cap: { kind: "object", object: "leaf_pt" } }],
  },
  {
    kind: "pt",
    name: "leaf_pt",
    slots: [
      { slot: 16, cap: { kind: "object", object: "code", rights: read | grant } },
      { slot: 60, cap: { kind: "object", object: "ipc", rights: read | write } },
      { slot: 78, cap: { kind: "object", object: "uart", rights: read | write, cached: false } },
    ],
  },
  { kind: "frame", name: "ipc", sizeBits: 12, fill: [] },
  { kind: "frame", name: "uart", sizeBits: 12, paddr: 0x5000_0000, fill: [] },
  { kind: "frame", name: "flash", sizeBits: 22, paddr: 0x4600_0000, fill: [] },
  {
    kind: "frame",
    name: "code",
    sizeBits: 12,
    fill: [{ kind: "file", destOffset: 0, destLength: 4096, file: "app_bin", fileOffset: 8192 }],
  },
  {
    kind: "frame",
    name: "bootinfo",
    sizeBits: 12,
    fill: [{ kind: "bootinfo", destOffset: 0, destLength: 4096, id: "BootInfo", sourceOffset: 0 }],
  },
  {
    kind: "irq",
    name: "irq",
    slots: [{ slot: 0, cap: { kind: "object", object: "irq_ntfn", rights: read, badge: 2 } }],
  },
  { kind: "asid_pool", name: "pool", asidHigh: 1, slots: [] },
];

/** A specification with every kind of object. */
export const smallSpec: Spec = {
  arch: "riscv",
  objects: allocationOrder(objects),
  irqs: [{ irq: 3, object: "irq" }],
};
