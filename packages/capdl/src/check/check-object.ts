import { type ObjectIndex } from "./object-index.ts";
import { objectBytes } from "../allocation-order.ts";
import { kindSizes } from "../kind-sizes.ts";
import {
  type CapdlFill,
  type CapdlFrame,
  type CapdlObject,
  type CapdlTcb,
  type CapdlUntyped,
  type Word,
} from "../model.ts";
import { TcbSlotNumber } from "../spec.ts";
import { type Findings } from "./findings.ts";
import { type Platform } from "./platform.ts";

/** Checks the fields of one object, beyond what capDL-tool checks. */
export function checkObject(object: CapdlObject, platform: Platform, findings: Findings): void {
  if (object.kind === "frame") {
    checkFrame(object, platform, findings);
    return;
  }
  const { name } = object;
  switch (object.kind) {
    case "cnode": {
      const most =
        (platform.wordBits === 32 ? 29 : 47) -
        kindSizes(platform.arch, platform.isMcs, platform.wordBits).slot;
      if (object.sizeBits < 1 || object.sizeBits > most) {
        findings.add("cnode-size", name, `a CNode of ${object.sizeBits} bits`);
      }
      break;
    }
    case "sc":
      if ((object.budgetUs ?? 0) > (object.periodUs ?? 0)) {
        findings.add("budget", name, `budget of ${object.budgetUs ?? 0} us above the period`);
      }
      checkWord(name, "data", object.data, platform, findings);
      break;
    case "tcb":
      checkTcb(object, platform, findings);
      break;
    case "ut":
      checkUntyped(object, platform, findings);
      break;
    default:
  }
}

function checkFrame(frame: CapdlFrame, platform: Platform, findings: Findings): void {
  const { sizeBits, paddr, fill } = frame;
  if (!platform.frameSizes.includes(sizeBits)) {
    findings.add("frame-size", frame.name, `a frame of 2^${sizeBits} bytes on ${platform.arch}`);
  }
  if (paddr !== undefined) checkAddress(frame.name, paddr, sizeBits, { platform, findings });
  if (fill !== undefined && fill.length > 0) checkFills(frame.name, sizeBits, fill, findings);
}

function checkFills(
  name: string,
  sizeBits: number,
  fills: readonly CapdlFill[],
  findings: Findings,
): void {
  fills.forEach((item) => {
    if (item.kind === "raw") {
      findings.add("raw-fill", name, `fill "${item.words.join(" ")}"`);
    } else if (item.destOffset + item.destLength > 2 ** sizeBits) {
      findings.add("bad-fill", name, `a fill up to byte ${item.destOffset + item.destLength}`);
    }
  });
  if (fills.length > 1) findings.add("many-fills", name, `${fills.length} fills`);
}

function checkUntyped(untyped: CapdlUntyped, platform: Platform, findings: Findings): void {
  const { name, sizeBits, children, paddr } = untyped;
  if (sizeBits === 0) {
    if (children.length === 0)
      findings.add("untyped-without-size", name, "an untyped with no size");
  } else if (sizeBits < 4 || sizeBits > (platform.wordBits === 32 ? 29 : 47)) {
    findings.add("untyped-size", name, `an untyped of ${sizeBits} bits`);
  }
  checkAddress(name, paddr, sizeBits, { platform, findings });
}

function checkAddress(
  name: string,
  paddr: Word | undefined,
  sizeBits: number,
  { platform, findings }: { readonly platform: Platform; readonly findings: Findings },
): void {
  if (paddr === undefined) return;
  const isAligned =
    typeof paddr === "number"
      ? paddr % 2 ** sizeBits === 0
      : sizeBits < 64 && paddr % (1n << BigInt(sizeBits)) === 0n;
  if (!isAligned) {
    findings.add(
      "paddr-alignment",
      name,
      `physical address 0x${paddr.toString(16)} is not aligned`,
    );
  }
  if (paddr === 0) findings.add("paddr-zero", name, "physical address 0 counts as none");
  // Physical addresses of 32-bit kernels are words here; those of riscv32 are below 2^32 in seL4.
  checkWord(name, "paddr", paddr, platform, findings);
}

function checkTcb(tcb: CapdlTcb, platform: Platform, findings: Findings): void {
  const { name, prio = 0, maxPrio = 0, sp = 0, init } = tcb;
  if (prio > 255 || maxPrio > 255) {
    findings.add("priority", name, `priority ${prio} or ${maxPrio} above 255`);
  } else if (prio > maxPrio) {
    findings.add("priority-above-mcp", name, `priority ${prio} above its maximum ${maxPrio}`);
  }
  if (BigInt(sp) % 16n !== 0n) {
    findings.add("stack-alignment", name, `stack pointer 0x${sp.toString(16)} is not 16-aligned`);
  }
  if (init.length > 4) {
    findings.add("init-arguments", name, `${init.length} arguments; four fit in registers`);
  }
  checkWord(name, "addr", tcb.addr, platform, findings);
  checkWord(name, "ip", tcb.ip, platform, findings);
  checkWord(name, "sp", tcb.sp, platform, findings);
  for (const argument of init) checkWord(name, "init", argument, platform, findings);
  const has = (slot: number): boolean => tcb.slots.some((item) => item.slot === slot);
  if (!has(TcbSlotNumber.cspace))
    findings.add("missing-cap", name, "no cspace", TcbSlotNumber.cspace);
  if (!has(TcbSlotNumber.vspace))
    findings.add("missing-cap", name, "no vspace", TcbSlotNumber.vspace);
  if (!has(TcbSlotNumber.ipcBuffer)) {
    findings.add("missing-cap", name, "no IPC buffer", TcbSlotNumber.ipcBuffer);
  }
  if (platform.isMcs && !has(TcbSlotNumber.sc)) {
    findings.add("missing-sc", name, "no scheduling context", TcbSlotNumber.sc);
  }
}

/** Reports a number that does not fit the platform's word. */
function checkWord(
  name: string,
  what: string,
  value: Word | undefined,
  platform: Platform,
  findings: Findings,
): void {
  if (value === undefined || platform.wordBits === 64 || value <= 0xffff_ffff) return;
  findings.add("word-overflow", name, `${what} 0x${value.toString(16)} exceeds a word`);
}

/** Bytes up to which the children of an untyped reach, each at a multiple of its size, in their order. */
export function childrenEnd(
  untyped: CapdlUntyped,
  objects: ObjectIndex,
  platform: Platform,
): number {
  const sizes = kindSizes(platform.arch, platform.isMcs, platform.wordBits);
  let end = 0;
  for (const name of untyped.children) {
    const child = objects.get(name);
    if (child === undefined) continue;
    const bytes = objectBytes(child, sizes);
    if (bytes > 0) end = Math.ceil(end / bytes) * bytes + bytes;
  }
  return end;
}
