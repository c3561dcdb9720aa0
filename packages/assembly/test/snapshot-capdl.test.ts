import { bootSpec, qemuVirtPlatform, sparrowPlatform } from "@cantrip/assembly/riscv";
import {
  checkSpec,
  loaderSpec,
  parseCapdl,
  parseSnapshot,
  printCapdl,
  type SnapshotResult,
  type Spec,
  type SpecCap,
  type SpecObject,
} from "@cantrip/capdl";
import { assemble } from "@cantrip/hw-riscv/asm";
import { cantrip, type KernelConfig, upstream } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { matchSpec } from "./match-spec.ts";

const TEXT = 0x10000;
const FILE = "code.bin";

/** Two boards: devices, in pages of 4 KiB and 4 MiB, and an interrupt. */
const boards = [
  { kernel: cantrip, platform: sparrowPlatform, uart: 0x50000000, flash: 0x46000000, irq: 3 },
  { kernel: upstream, platform: qemuVirtPlatform, uart: 0x10000000, flash: 0x20000000, irq: 10 },
] as const;
type Board = (typeof boards)[number];

/** Threads, objects and capabilities of every kind that a snapshot shows. */
function specOf({ kernel, uart, flash, irq }: Board): Spec {
  const mapped = "mapping: (client_table, 19)";
  const result = parseCapdl(
    `arch riscv
objects {
  client = tcb (addr: 0x11000, ip: ${TEXT}, sp: 0x13000, prio: 100, max_prio: 90, affinity: 0)
  server = tcb (addr: 0x801000, ip: 0x800000, sp: 0x803000, prio: 110, max_prio: 120, affinity: 0, resume: False, dom: 0)
  third = tcb (addr: 0x802000, ip: 0x800010, sp: 0x804000, prio: 3, max_prio: 4, affinity: 0, resume: False)
  client_sc = sc (period: 5000, budget: 1000, data: 0, 8 bits)
  server_sc = sc (period: 2000, budget: 2000, data: 7, 9 bits)
  third_sc = sc (period: 100, budget: 100, data: 0, 8 bits)
  client_cnode = cnode (5 bits)
  server_cnode = cnode (4 bits)
  mail = ep
  faults = ep
  event = notification
  other_event = notification
  reply = rtreply
  memory = ut (12 bits)
  small = ut (4 bits)
  interrupt = irq
  client_root = pt
  client_table = pt
  high_table = pt
  server_root = pt
  server_table = pt
  code = frame (4k, fill: [{0 4096 CDL_FrameFill_FileData "${FILE}" 0}])
  client_buffer = frame (4k)
  server_buffer = frame (4k)
  third_buffer = frame (4k)
  shared = frame (4k)
  loose = frame (4k)
  uart = frame (4k, paddr: ${uart})
  flash = frame (4M, paddr: ${flash})
}
caps {
  client {
    cspace: client_cnode (guard_size: 27)
    vspace: client_root
    ipc_buffer_slot: client_buffer (RW)
    fault_ep_slot: faults (RWGP, badge: 5)
    sc_slot: client_sc
  }
  server {
    cspace: server_cnode (guard_size: 28)
    vspace: server_root
    ipc_buffer_slot: server_buffer (RW)
    sc_slot: server_sc
  }
  third {
    cspace: server_cnode (guard_size: 28)
    vspace: server_root
    ipc_buffer_slot: third_buffer (RW)
    fault_ep_slot: faults (RWGP)
    sc_slot: third_sc
    temp_fault_ep_slot: faults (RWGP, badge: 6)
  }
  client_cnode {
    1: mail (WG, badge: 9)
    2: event (W, badge: 134217728)
    3: client_sc
    4: sched_control (core: 0)
    5: domain
    6: client_cnode (guard_size: 27)
    7: high_table
    8: uart (RW, ${mapped})
    9: memory
    10: small
    11: loose (RW)
    12: third
    13: mail (WP)
    14: client_table
    31: asid_control
  }
  server_cnode {
    0: mail (R)
    1: reply
    2: interrupt
    3: event (R)
    4: other_event (RW)
    5: irq_control
    6: server_root
    15: server
  }
  interrupt { 0: event (RW, badge: 2) }
  client_root { 0: client_table 1: high_table 32: flash (R) }
  high_table { 1023: shared (RX) }
  client_table { 16: code (RX) 17: client_buffer (RW) 18: shared (R) 19: uart (RW, uncached) }
  server_root { 2: server_table }
  server_table { 1: server_buffer (RW) 2: third_buffer (RW) 7: shared (RW) }
}
irq maps { ${irq}: interrupt }`,
    { dialect: kernel === cantrip ? "cantrip" : "upstream" },
  );
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  const loaded = loaderSpec(result.spec);
  if (!loaded.ok) throw new Error(loaded.errors.join("\n"));
  return loaded.spec;
}

function program({ syscall }: KernelConfig): Uint8Array {
  const code = new Uint8Array(4096);
  const source = `
    li a7, ${syscall.debugSnapshot}
    ecall
    li a7, ${syscall.debugHalt}
    ecall`;
  code.set(assemble(source, { base: TEXT }).bytes);
  return code;
}

/** What is on the console when a thread of the specification has made a snapshot after the hand-over. */
function consoleOf({ kernel, platform }: Board, spec: Spec): string {
  let printed = "";
  const system = bootSpec({
    ...{ kernel, platform, spec, files: new Map([[FILE, program(kernel)]]) },
    onConsole: (byte) => {
      printed += String.fromCharCode(byte);
    },
  });
  system.run({ maxInstructions: 400_000_000 });
  expect(system.haltReason).toBe("seL4_DebugHalt");
  return printed;
}

type Snapshot = SnapshotResult & { readonly ok: true };

function snapshotOf(text: string): Snapshot {
  const result = parseSnapshot(text);
  if (!result.ok)
    throw new Error(result.errors.map(({ line, message }) => `${line}: ${message}`).join("\n"));
  return result;
}

/** What a snapshot cannot show: a capability of a frame that is mapped nowhere, and that of a table at address 0. */
const HIDDEN: readonly number[] = [11, 14];

function visible(spec: Spec): Spec {
  const objects = spec.objects.map((object) =>
    object.name === "client_cnode" && object.kind === "cnode"
      ? { ...object, slots: object.slots.filter(({ slot }) => !HIDDEN.includes(slot)) }
      : object,
  );
  return { ...spec, objects };
}

/** The specification with one slot's capability changed in each way that shows, or taken away. */
function* alterations(spec: Spec): Generator<{ readonly what: string; readonly spec: Spec }> {
  const kinds = new Map(spec.objects.map(({ name, kind }) => [name, kind]));
  for (const container of spec.objects) {
    if (!("slots" in container)) continue;
    for (const { slot, cap } of container.slots) {
      const place = `${container.name}/${slot}`;
      for (const [what, change] of changesOf(cap, container, slot, kinds)) {
        const slots = container.slots.flatMap((item) => (item.slot === slot ? change : [item]));
        const objects = spec.objects.map((object) =>
          object === container ? { ...container, slots } : object,
        );
        yield { what: `${place}: ${what}`, spec: { ...spec, objects: objects } };
      }
    }
  }
}

type Change = readonly [what: string, slots: readonly { slot: number; cap: SpecCap }[]];

function changesOf(
  cap: SpecCap,
  container: SpecObject,
  slot: number,
  kinds: ReadonlyMap<string, SpecObject["kind"]>,
): Change[] {
  const changes: Change[] = [["gone", []]];
  const free = "slots" in container ? Math.max(...container.slots.map((item) => item.slot)) + 1 : 0;
  if (container.kind !== "tcb") changes.push(["elsewhere", [{ slot: free, cap }]]);
  if (cap.kind !== "object") return changes;
  const kind = kinds.get(cap.object);
  const changed = (what: string, with_: Partial<typeof cap>): void => {
    changes.push([what, [{ slot, cap: { ...cap, ...with_ } }]]);
  };
  const other = [...kinds].find(([name, each]) => each === kind && name !== cap.object)?.[0];
  if (other !== undefined) changed(`to ${other}`, { object: other });
  const givesAll = container.kind === "tcb" || container.kind === "irq";
  if (kind === "ep" || kind === "notification") changed("badge", { badge: (cap.badge ?? 0) ^ 1 });
  if (kind === "ep" && !givesAll) changed("grant", { rights: (cap.rights ?? 0) ^ 4 });
  if ((kind === "ep" || kind === "notification" || kind === "frame") && !givesAll)
    changed("write", { rights: (cap.rights ?? 0) ^ 1 });
  if (kind === "cnode") changed("guard size", { guardSize: (cap.guardSize ?? 0) - 1 });
  if (cap.mapping !== undefined)
    changed("mapping", { mapping: { ...cap.mapping, slot: cap.mapping.slot + 1 } });
  return changes;
}

describe.each(boards)("a snapshot of $kernel.name after the hand-over", (board) => {
  const spec = specOf(board);
  const printed = consoleOf(board, spec);
  const snapshot = snapshotOf(printed);

  it("has the objects and capabilities of the specification", () => {
    const match = matchSpec(visible(spec), snapshot.spec, snapshot.undeclared);
    expect(match.differences).toEqual([]);
    expect(match.unseen).toEqual(["loose"]);
    expect(match.foreign).toEqual([]);
    expect(match.names.size).toBe(spec.objects.length - 1);
    const count = (objects: readonly SpecObject[], kind: string): number =>
      objects.filter((object) => object.kind === kind && object.name !== "loose").length;
    for (const { kind } of spec.objects)
      expect([kind, count(snapshot.spec.objects, kind)]).toEqual([kind, count(spec.objects, kind)]);
  });

  it("leaves out what the kernel does not tell", () => {
    const { undeclared, leftOut } = snapshot;
    const match = matchSpec(visible(spec), snapshot.spec, undeclared);
    // Objects that are in no thread's CNode.
    expect(undeclared.map((name) => match.names.get(name)).sort()).toEqual([
      "faults",
      "server_sc",
      "third_sc",
    ]);
    const lines = printed.split("\n");
    expect(leftOut.map(({ line, message }) => [lines[line - 1], message])).toEqual([
      ["0xb: [unknown cap 1]", "the kernel does not name a capability of type 1"],
      [
        expect.stringMatching(/^0xe: pt_0x[0-9a-f]{8}_0000 \(asid: 2\)$/),
        "a capability of a page table that cannot be told from another",
      ],
    ]);
  });

  it("is a specification that checks, prints and parses again", () => {
    expect(checkSpec(snapshot.spec).filter(({ severity }) => severity === "error")).toEqual([]);
    for (const dialect of ["cantrip", "upstream"] as const) {
      const again = parseCapdl(printCapdl(snapshot.spec, { dialect }), { dialect });
      if (!again.ok) throw new Error(again.errors.map(({ message }) => message).join("\n"));
      expect(loaderSpec(again.spec)).toEqual({ ok: true, spec: snapshot.spec });
    }
  });

  it("shows any change of any capability", () => {
    let count = 0;
    for (const altered of alterations(visible(spec))) {
      const match = matchSpec(altered.spec, snapshot.spec, snapshot.undeclared);
      expect([altered.what, match.differences]).not.toEqual([altered.what, []]);
      count++;
    }
    expect(count).toBeGreaterThan(120);
  });

  it("is another when another specification is loaded", () => {
    const changes: readonly ((object: SpecObject) => SpecObject)[] = [
      (object) => (object.name === "client" ? { ...object, prio: 99 } : object) as SpecObject,
      (object) =>
        (object.name === "client_sc" ? { ...object, budgetUs: 999 } : object) as SpecObject,
      (object) =>
        object.name === "server_cnode" && object.kind === "cnode"
          ? { ...object, slots: object.slots.filter(({ slot }) => slot !== 3) }
          : object,
      (object) =>
        object.name === "server_table" && object.kind === "pt"
          ? { ...object, slots: object.slots.map((each) => ({ ...each, slot: each.slot + 1 })) }
          : object,
    ];
    const found = changes.map((change) => {
      const other = { ...spec, objects: spec.objects.map(change) };
      const { spec: seen, undeclared } = snapshotOf(consoleOf(board, other));
      return matchSpec(visible(spec), seen, undeclared).differences;
    });
    expect(found[0]).toEqual(["client: prio 99, not 100"]);
    expect(found[1]).toEqual(["client/0/3: budgetUs 999, not 1000"]);
    expect(found[2]?.[0]).toContain("client/0/12/0/3: cap undefined, not ");
    expect(found[3]?.[0]).toContain("client/0/12/0/6/2/1: cap undefined, not ");
  });
});
