import { checkSpec, parseSnapshot, type SnapshotResult } from "@cantrip/capdl";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** A dump in the kernel's own format, with everything that keeps it from being capDL. */
const DUMP = `Debug snapshot syscall from user thread 0x8010b000 "client"
arch riscv
objects {
0x80101000_pd = pt
pt_0x80101004_0001 = pt
frame_0x80102040_0016 = frame (4k, paddr: 0x0x00028103)
frame_0x80102044_0017 = frame (4k, paddr: 0x0x00028103)
frame_0x80101080_0032 = frame (4k, paddr: 0x0x00046000)
0x8010b000_tcb = tcb (addr: 0x11000, ip: 0x10008, sp: 0x13000, prio: 100, max_prio: 90, fault_ep: 0x8010bd40, dom: 1)
0x8010b200_cnode = cnode (4 bits)
0x8010bd50_ep = ep
0x8010bd50_ep = ep
0x00000005_0_irq = irq
0x8010ba00_sc = sc (period: 0 us (0 ticks), budget: 1000 us (24000 ticks), 8 bits)
0x8010bc00_sc = sc (period: 5000, budget: 7, 9 bits)
[unknown object 62]
0x80105000_4_untyped = ut (4 bits, paddr: 0x80105000) {}
0x80105000_12_untyped = ut (12 bits, paddr: 0x80105000) {}
0x8010c000_asid_pool = asid_pool (asid_high: 0x2)
}
caps {
0x8010b200_cnode {
0x0: 0x8010bd50_ep (, badge: 3)
0x1: 0x8010bd50_ep ()
0x2: pt_0x80101000_0000 (asid: 1030)
0x3: pt_0x80102000_0000 (asid: 1)
0x4: frame_0x80102044_0017 (RW)
0x5: [unknown cap 62]
0x6: 0_sched_control
0x7: 0x80105000_untyped
0x8: 0x80105000_untyped
0x9: 0x00000005_0_irq
0xa: 0x8010d000_cnode (guard: 0, guard_size: 0)
0xb: 0x8010c000_asid_pool
0xc: 0x8010e000_tcb
}
0x5_0_irq {
0x0: 0x8010bd00_notification (RW, badge: 2)
}
0x80101000_pd {
0x1: pt_0x80101004_0001
0x20: frame_0x80101080_0032()
}
pt_0x80101004_0001 {
0x10: frame_0x80102040_0016(RX)
0x11: frame_0x80102044_0017(RW)
}
0x8010b000_tcb {
cspace: 0x8010b200_cnode (guard: 0, guard_size: 28)
vspace: 0x80101000_pd
ipc_buffer_slot: frame_0x80102044_0017 (RW)
fault_ep_slot: 0x8010bd40_ep (RWGP)
sc_slot: 0x8010ba00_sc
}
}
irq maps {
5: 0x5_0_irq
9: 0x9_0_irq
}
CANTRIP>`;

function read(text: string): SnapshotResult & { readonly ok: true } {
  const result = parseSnapshot(text);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result;
}

function mistakes(text: string): readonly string[] {
  const result = parseSnapshot(text);
  return result.ok ? [] : result.errors.map(({ line, message }) => `${line}: ${message}`);
}

describe("parseSnapshot", () => {
  const { spec, undeclared, leftOut } = read(DUMP);
  const object = (name: string): unknown => spec.objects.find((each) => each.name === name);

  it("reads an untyped at address 0, which the kernel prints without prefix", () => {
    const zero = DUMP.replaceAll("0x80105000_12_untyped", "0_12_untyped")
      .replace("12 bits, paddr: 0x80105000", "12 bits, paddr: 0")
      .replace("0x8: 0x80105000_untyped", "0x8: 0_untyped");
    const found = read(zero).spec.objects.filter(({ kind }) => kind === "ut");
    expect(found.map(({ name }) => name).sort()).toEqual(["ut@0x0@12", "ut@0x80105000@4"]);
  });

  it("gives objects names of the language", () => {
    expect(checkSpec(spec).filter(({ severity }) => severity === "error")).toEqual([]);
    expect(spec.objects.map(({ name }) => name).sort()).toEqual([
      "asid_pool@0x8010c000",
      "cnode@0x8010b200",
      "ep@0x8010bd40",
      "ep@0x8010bd50",
      "frame@0x28103000",
      "frame@0x46000000",
      "irq@5",
      "irq@9",
      "notification@0x8010bd00",
      "pd@0x80101000",
      "pt@0x80101004",
      "sc@0x8010ba00",
      "sc@0x8010bc00",
      "tcb@0x8010b000",
      "tcb@0x8010e000",
      "ut@0x80105000@12",
      "ut@0x80105000@4",
    ]);
    expect(undeclared).toEqual(["ep@0x8010bd40", "notification@0x8010bd00", "tcb@0x8010e000"]);
    expect(spec.irqs).toEqual([
      { irq: 5, object: "irq@5" },
      { irq: 9, object: "irq@9" },
    ]);
  });

  it("reads attributes with their units", () => {
    expect(object("sc@0x8010ba00")).toMatchObject({ periodUs: 1000, budgetUs: 1000, sizeBits: 8 });
    expect(object("sc@0x8010bc00")).toMatchObject({ periodUs: 5000, budgetUs: 7, sizeBits: 9 });
    expect(object("frame@0x28103000")).toMatchObject({ sizeBits: 12, paddr: 0x28103000 });
    expect(object("frame@0x46000000")).toMatchObject({ sizeBits: 22, paddr: 0x46000000 });
    expect(object("asid_pool@0x8010c000")).toMatchObject({ asidHigh: 2 });
    expect(object("tcb@0x8010b000")).toMatchObject({
      ...{ addr: 0x11000, ip: 0x10008, sp: 0x13000, prio: 100, maxPrio: 90, domain: 1 },
      slots: [
        { slot: 0, cap: { kind: "object", object: "cnode@0x8010b200", guardSize: 28 } },
        { slot: 1, cap: { kind: "object", object: "pd@0x80101000" } },
        { slot: 4, cap: { kind: "object", object: "frame@0x28103000", rights: 3 } },
        { slot: 5, cap: { kind: "object", object: "ep@0x8010bd40", rights: 15 } },
        { slot: 6, cap: { kind: "object", object: "sc@0x8010ba00" } },
      ],
    });
  });

  it("resolves what capabilities are of", () => {
    const mapping = { container: "pt@0x80101004", slot: 17 };
    expect(object("cnode@0x8010b200")).toMatchObject({
      sizeBits: 4,
      slots: [
        { slot: 0, cap: { kind: "object", object: "ep@0x8010bd50", badge: 3 } },
        { slot: 1, cap: { kind: "object", object: "ep@0x8010bd50" } },
        { slot: 2, cap: { object: "pd@0x80101000", asid: { high: 1, low: 6 } } },
        { slot: 3, cap: { object: "pt@0x80101004", asid: { high: 0, low: 1 } } },
        { slot: 4, cap: { object: "frame@0x28103000", rights: 3, mapping } },
        { slot: 5, cap: { kind: "domain" } },
        { slot: 6, cap: { kind: "sched_control", core: 0 } },
        { slot: 7, cap: { object: "ut@0x80105000@4" } },
        { slot: 8, cap: { object: "ut@0x80105000@12" } },
        { slot: 9, cap: { object: "irq@5" } },
        { slot: 11, cap: { object: "asid_pool@0x8010c000" } },
        { slot: 12, cap: { object: "tcb@0x8010e000" } },
      ],
    });
    expect(leftOut).toMatchObject([
      { line: 33, column: 1, message: "a CNode that is no thread's root: its size is not printed" },
    ]);
  });

  it("reads lines that end as on a terminal", () => {
    expect(read(DUMP.replaceAll("\n", "\r\n")).spec).toEqual(spec);
  });

  it("reports every line that it does not understand", () => {
    const wrong = DUMP.replace("(4 bits)", "(four bits)")
      .replace("0x80101000_pd\nipc", "0x80101000_vs\nipc")
      .replace("9: 0x9_0_irq", "9: nothing");
    expect(mistakes(wrong)).toEqual(
      [10, 22, 50, 58].map((line) => `${line}: the line is not understood`),
    );
    expect(mistakes("no snapshot\n")).toEqual(['1: "arch riscv" expected']);
    expect(mistakes(DUMP.slice(0, DUMP.indexOf("irq maps")))).toEqual([
      '56: "irq maps {" expected',
    ]);
  });

  it("never takes a part for the whole, and survives lines in another order", () => {
    const end = DUMP.indexOf("CANTRIP>");
    fc.assert(
      fc.property(fc.nat({ max: end - 1 }), (length) => {
        expect(mistakes(DUMP.slice(0, length))).not.toEqual([]);
      }),
    );
    const lines = DUMP.split("\n");
    let accepted = 0;
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.integer({ min: -2, max: 2 }), (from, by) => {
        const moved = lines.filter((_, index) => index !== from);
        moved.splice(Math.max(0, from + by), 0, lines[from] ?? "");
        const result = parseSnapshot(moved.join("\n"));
        if (!result.ok) return;
        accepted++;
        expect(checkSpec(result.spec).filter(({ code }) => code === "unknown-object")).toEqual([]);
      }),
      { seed: 7, numRuns: 300 },
    );
    console.info(`${accepted} of 300 snapshots with a moved line are accepted`);
    expect(accepted).toBeGreaterThan(90);
  });
});
