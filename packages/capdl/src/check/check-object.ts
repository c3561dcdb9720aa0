import { type FrameObject, type SpecObject, type TcbObject, TcbSlotNumber } from "../spec.ts";
import { type Findings } from "./findings.ts";

/** Frames of riscv32: pages and megapages. */
const FRAME_SIZES: readonly number[] = [12, 22];

/** Checks the fields of one object. */
export function checkObject(object: SpecObject, findings: Findings): void {
  const { name } = object;
  switch (object.kind) {
    case "cnode":
      if (object.sizeBits < 1 || object.sizeBits > 28) {
        findings.error("bad-value", name, `a CNode of ${object.sizeBits} bits`);
      }
      break;
    case "frame":
      checkFrame(object, findings);
      break;
    case "sc":
      if (object.budgetUs > object.periodUs) {
        findings.error("bad-value", name, `budget of ${object.budgetUs} us above the period`);
      }
      break;
    case "tcb":
      checkTcb(object, findings);
      break;
    case "ut":
      if (object.sizeBits === 0) {
        if (object.children.length === 0)
          findings.warning("bad-value", name, "an untyped with no size");
      } else if (object.sizeBits < 4 || object.sizeBits > 29) {
        findings.error("bad-value", name, `an untyped of ${object.sizeBits} bits`);
      }
      checkAligned(name, object.paddr, object.sizeBits, findings);
      break;
    default:
  }
}

function checkFrame({ name, sizeBits, paddr, fill }: FrameObject, findings: Findings): void {
  if (!FRAME_SIZES.includes(sizeBits)) {
    findings.error("bad-value", name, `a frame of 2^${sizeBits} bytes`);
  }
  checkAligned(name, paddr, sizeBits, findings);
  for (const { destOffset, destLength } of fill) {
    if (destOffset + destLength > 2 ** sizeBits) {
      findings.error("bad-fill", name, `a fill up to byte ${destOffset + destLength}`);
    }
  }
  if (fill.length > 1) {
    findings.warning("bad-fill", name, `${fill.length} fills; CantripOS's loader takes one`);
  }
}

function checkAligned(
  name: string,
  paddr: number | undefined,
  sizeBits: number,
  findings: Findings,
): void {
  if (paddr === undefined) return;
  if (paddr % 2 ** sizeBits !== 0) {
    findings.error("bad-value", name, `physical address 0x${paddr.toString(16)} is not aligned`);
  }
  // CantripOS's loader takes 0 for "none".
  if (paddr === 0) findings.warning("bad-value", name, "physical address 0 counts as none");
}

function checkTcb(tcb: TcbObject, findings: Findings): void {
  const { name, prio, maxPrio, sp, init } = tcb;
  if (prio > 255 || maxPrio > 255) {
    findings.error("bad-value", name, `priority ${prio} or ${maxPrio} above 255`);
  }
  if (sp % 16 !== 0)
    findings.error("bad-value", name, `stack pointer 0x${sp.toString(16)} is not 16-aligned`);
  if (init.length > 4)
    findings.warning("bad-value", name, `${init.length} arguments; four fit in registers`);
  const required = [
    ["cspace", TcbSlotNumber.cspace],
    ["vspace", TcbSlotNumber.vspace],
    ["IPC buffer", TcbSlotNumber.ipcBuffer],
    ["scheduling context", TcbSlotNumber.sc],
  ] as const;
  for (const [what, slot] of required) {
    if (!tcb.slots.some((item) => item.slot === slot)) {
      findings.warning("missing-cap", name, `no ${what}`, slot);
    }
  }
}
