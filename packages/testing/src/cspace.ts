import type { MeasurableSystem } from "@cantrip/assembly/riscv";
import { type Cap, CapType, Right, VmRights } from "@cantrip/sel4-kernel";
import { rootCNodeOf, threadOf } from "./threads.ts";

/** A slot of a CSpace that holds a capability. */
export interface SlotView {
  readonly slot: number;
  /** What it is a capability to: `endpoint`, `frame`, … */
  readonly type: string;
  /** Rights, badge, guard or size, in words. */
  readonly details: string;
}

/** The root CNode of a component or thread, as tests look at it. */
export class CSpaceView {
  readonly owner: string;
  readonly size: number;
  readonly slots: readonly SlotView[];
  constructor(owner: string, size: number, slots: readonly SlotView[]) {
    this.owner = owner;
    this.size = size;
    this.slots = slots;
  }

  /** What is in a slot, in words; `undefined` when it is empty. */
  at(slot: number): string | undefined {
    const found = this.slots.find((view) => view.slot === slot);
    return found === undefined ? undefined : wordsOf(found);
  }

  /** One line for each capability; the same for the same system on every machine. */
  toString(): string {
    const lines = this.slots.map((view) => `  ${String(view.slot).padStart(4)} ${wordsOf(view)}`);
    return [`CSpace of ${this.owner}: ${this.slots.length} of ${this.size} slots`, ...lines].join(
      "\n",
    );
  }
}

function wordsOf({ type, details }: SlotView): string {
  return details === "" ? type : `${type} ${details}`;
}

/** Looks at the CSpace of a component, an application or a thread. @throws NoSuchThread */
export function cspaceOf(system: MeasurableSystem, owner: string): CSpaceView {
  const cnode = rootCNodeOf(threadOf(system, owner));
  const slots = cnode.slots.flatMap(({ cap }, slot) =>
    cap.type === CapType.Null ? [] : [{ slot, ...describe(cap) }],
  );
  return new CSpaceView(owner, cnode.slots.length, slots);
}

function describe(cap: Cap): Omit<SlotView, "slot"> {
  switch (cap.type) {
    case CapType.Untyped:
      return view("untyped", `${2 ** cap.sizeBits} bytes`, cap.isDevice ? "device" : "");
    case CapType.Endpoint:
      return view("endpoint", rightsText(cap.rights), badgeText(cap.badge));
    case CapType.Notification:
      return view("notification", rightsText(cap.rights), badgeText(cap.badge));
    case CapType.Reply:
      return view("reply", cap.canGrant ? "can grant" : "");
    case CapType.CNode:
      return view(
        "cnode",
        `${cap.object.slots.length} slots`,
        `guard ${cap.guard}/${cap.guardSize}`,
      );
    case CapType.Thread:
      return view("tcb", cap.object.name);
    case CapType.IrqHandler:
      return view("irq_handler", `irq ${cap.irq}`);
    case CapType.SchedControl:
      return view("sched_control", `core ${cap.core}`);
    case CapType.Frame:
      return view(
        "frame",
        `${2 ** cap.sizeBits} bytes`,
        cap.rights === VmRights.ReadWrite ? "RW" : "R",
        cap.isDevice ? `device 0x${cap.paddr.toString(16)}` : "",
        cap.asid === 0 ? "" : `at 0x${cap.vaddr.toString(16)}`,
      );
    case CapType.PageTable:
      return view("page_table", cap.isMapped ? "" : "not mapped");
    case CapType.Null:
      return view("null");
    case CapType.Zombie:
      return view("zombie");
    case CapType.IrqControl:
      return view("irq_control");
    case CapType.Domain:
      return view("domain");
    case CapType.SchedContext:
      return view("sched_context");
    case CapType.AsidControl:
      return view("asid_control");
    case CapType.AsidPool:
      return view("asid_pool");
  }
}

function view(type: string, ...details: readonly string[]): Omit<SlotView, "slot"> {
  return { type, details: details.filter((detail) => detail !== "").join(", ") };
}

function rightsText(rights: number): string {
  const letters = [
    (rights & Right.Read) === 0 ? "" : "R",
    (rights & Right.Write) === 0 ? "" : "W",
    (rights & Right.Grant) === 0 ? "" : "G",
    (rights & Right.GrantReply) === 0 ? "" : "P",
  ].join("");
  return letters === "" ? "no rights" : letters;
}

function badgeText(badge: number): string {
  return badge === 0 ? "" : `badge ${badge}`;
}
