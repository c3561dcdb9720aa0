import { wordBitsOf } from "../check/platform.ts";
import { allocationOrder } from "../allocation-order.ts";
import { type KindSizes, kindSizes } from "../kind-sizes.ts";
import {
  type CapdlCap,
  type CapdlFill,
  type CapdlObject,
  type CapdlSlot,
  type CapdlSpec,
  type CapdlTcb,
  hasSlots,
} from "../model.ts";
import { SpecRight } from "../spec.ts";
import { BOOT_INFO_IDS, TABLE_LEVELS } from "./names.ts";

/** A specification as JSON. */
export interface WrittenJson {
  readonly text: string;
  /** What this JSON has no place for. */
  readonly leftOut: readonly string[];
}

type Json =
  null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** How {@link writeCapdlJson} writes. */
export interface JsonOptions {
  /** Sizes of the kernel's objects, which tell the order; default: those of the architecture. */
  readonly sizes?: KindSizes;
}

/** Capabilities that are not called as their objects are. */
const HANDLERS: Readonly<Record<string, string>> = {
  Irq: "IrqHandler",
  ArmIrq: "ArmIrqHandler",
  IrqMsi: "IrqMsiHandler",
  IrqIOApic: "IrqIOApicHandler",
};

/** C's default, which capDL-tool writes where no priority is given. */
const DEFAULT_PRIORITY = 125;

/**
 * Writes the JSON that rust-sel4 5.0 and Microkit read. Objects are named by their index: those that are in no untyped
 * first, in allocation order, then the children of each untyped.
 */
export function writeCapdlJson(spec: CapdlSpec, options: JsonOptions = {}): WrittenJson {
  const isMcs = spec.objects.some(({ kind }) => kind === "sc");
  const writer = new Writer(spec, options.sizes ?? kindSizes(spec.arch, isMcs, wordBitsOf(spec)));
  const value = writer.value();
  const text = JSON.stringify(
    value,
    // A number above 2^53-1 goes through as a text that no name can be, and loses its quotes.
    (_, item: unknown) => (typeof item === "bigint" ? `\u0000${item}` : item),
  ).replaceAll(/"\\u0000(\d+)"/g, "$1");
  return { text, leftOut: writer.leftOut };
}

class Writer {
  readonly leftOut: string[] = [];
  readonly #spec: CapdlSpec;
  readonly #sizes: KindSizes;
  readonly #objects: readonly CapdlObject[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #byName: ReadonlyMap<string, CapdlObject>;
  readonly #covers: readonly {
    readonly parent: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly #rootCount: number;
  readonly #roots = new Set<string>();

  constructor(spec: CapdlSpec, sizes: KindSizes) {
    this.#spec = spec;
    this.#sizes = sizes;
    this.#byName = new Map(spec.objects.map((object) => [object.name, object]));
    const covered = new Set(
      spec.objects.flatMap((object) => (object.kind === "ut" ? object.children : [])),
    );
    const ordered = allocationOrder(
      spec.objects.filter(({ name }) => !covered.has(name)),
      sizes,
    ).filter((object) => this.#isWritten(object));
    this.#rootCount = ordered.length;
    const objects = [...ordered];
    const covers: { parent: string; start: number; end: number }[] = [];
    for (const object of objects) {
      if (object.kind !== "ut" || object.children.length === 0) continue;
      const start = objects.length;
      for (const child of object.children) {
        const found = this.#byName.get(child);
        // Grows while it is walked: untypeds in untypeds come later.
        if (found !== undefined && this.#isWritten(found)) objects.push(found);
      }
      covers.push({ parent: object.name, start, end: objects.length });
    }
    this.#objects = objects;
    this.#covers = covers;
    this.#ids = new Map(objects.map(({ name }, index) => [name, index]));
    for (const object of spec.objects) {
      if (object.kind !== "tcb") continue;
      const root = object.slots.find(({ slot }) => slot === 1)?.cap;
      if (root?.kind === "object") this.#roots.add(root.object);
    }
  }

  value(): Json {
    const { irqs, domains } = this.#spec;
    const pools = this.#objects
      .filter((object) => object.kind === "asid_pool")
      .sort((a, b) => Number(a.asidHigh ?? 0) - Number(b.asidHigh ?? 0));
    return {
      objects: this.#objects.map((object) => ({ name: object.name, object: this.#object(object) })),
      irqs: irqs.map(({ irq, object }) => ({ irq, handler: this.#id(object) })),
      asid_slots: pools.map(({ name }) => this.#id(name)),
      root_objects: { start: 0, end: this.#rootCount },
      untyped_covers: this.#covers.map(({ parent, start, end }) => ({
        parent: this.#id(parent),
        children: { start, end },
      })),
      domain_schedule:
        domains?.schedule.map(([domain, duration]) => ({
          domain,
          duration: duration == 0 ? "EndMarker" : { Ticks: duration },
        })) ?? null,
      domain_set_start:
        domains === undefined || domains.start === "no_start" ? null : domains.start,
      domain_idx_shift: domains?.indexShift ?? null,
    };
  }

  #isWritten({ kind, name }: CapdlObject): boolean {
    const isKnown = !["streamid", "contextbank", "arm_sgi_signal", "arm_io_device"].includes(kind);
    if (!isKnown) this.leftOut.push(`${name}: objects of type ${kind}`);
    return isKnown;
  }

  #id(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  #object(object: CapdlObject): Json {
    const slots = (): Json => (hasSlots(object) ? this.#slots(object.slots, object) : []);
    switch (object.kind) {
      case "ep":
        return "Endpoint";
      case "notification":
        return "Notification";
      case "rtreply":
        return "Reply";
      case "vcpu":
        return "VCpu";
      case "smc":
        return "ArmSmc";
      case "ut":
        return { Untyped: { size_bits: object.sizeBits, paddr: object.paddr ?? null } };
      case "cnode":
        return { CNode: { size_bits: object.sizeBits, slots: slots() } };
      case "irq":
        return { Irq: { slots: slots() } };
      case "tcb":
        return { Tcb: { slots: slots(), extra: tcbExtra(object) } };
      case "frame":
        return {
          Frame: {
            size_bits: object.sizeBits,
            paddr: object.paddr ?? null,
            init: { entries: (object.fill ?? []).flatMap((fill) => this.#fill(fill, object.name)) },
          },
        };
      case "pt":
      case "pd":
      case "pdpt":
      case "pml4":
      case "pud":
      case "pgd": {
        const { arch } = this.#spec;
        const level = TABLE_LEVELS[arch][object.kind] ?? null;
        const isRoot = arch === "riscv" ? this.#roots.has(object.name) : level === 0;
        return { PageTable: { x86_ept: false, is_root: isRoot, level, slots: slots() } };
      }
      case "asid_pool":
        if (object.slots.length > 0) this.leftOut.push(`${object.name}: contents of an ASID pool`);
        return { AsidPool: { high: object.asidHigh ?? 0 } };
      case "sc": {
        const { sizeBits, periodUs = 0, budgetUs = 0, data = 0 } = object;
        return {
          SchedContext: {
            size_bits: Math.max(sizeBits, this.#sizes.minSchedContext),
            extra: { period: periodUs, budget: budgetUs, badge: data },
          },
        };
      }
      case "io_ports":
        return { IOPorts: { start_port: object.start, end_port: object.end } };
      case "io_pt":
        return { IOPageTable: { slots: slots(), level: object.level } };
      case "io_device":
        return {
          IOSpace: {
            slots: slots(),
            domain_id: object.domainId,
            pci_device: {
              bus: object.pciBus,
              device: object.pciDevice,
              function: object.pciFunction,
            },
          },
        };
      case "arm_irq": {
        const trigger = object.trigger === "edge" ? 1 : 0;
        return { ArmIrq: { slots: slots(), extra: { trigger, target: object.target } } };
      }
      case "msi_irq": {
        const { handle, pciBus, pciDevice, pciFunction } = object;
        const extra = { handle, pci_bus: pciBus, pci_dev: pciDevice, pci_func: pciFunction };
        return { IrqMsi: { slots: slots(), extra } };
      }
      case "ioapic_irq": {
        const { ioapic, pin, level, polarity } = object;
        return { IrqIOApic: { slots: slots(), extra: { ioapic, pin, level, polarity } } };
      }
      default:
        return null;
    }
  }

  #slots(slots: readonly CapdlSlot[], { name }: CapdlObject): Json {
    return slots.flatMap(({ slot, cap }) => {
      const written = this.#cap(cap);
      if (written !== undefined) return [{ slot, cap: written }];
      const what = cap.kind === "object" ? cap.object : cap.kind;
      this.leftOut.push(`${name}, slot ${slot}: a capability ${what}`);
      return [];
    });
  }

  #cap(cap: CapdlCap): Json | undefined {
    if (cap.kind !== "object") return undefined;
    const object = this.#ids.get(cap.object);
    const target = this.#byName.get(cap.object);
    if (object === undefined || target === undefined || cap.reply !== undefined) return undefined;
    if (cap.mapping !== undefined || cap.asid !== undefined) {
      this.leftOut.push(`${cap.object}: mapping or ASID of a capability`);
    }
    const { badge = 0, guard = 0, guardSize = 0 } = cap;
    const rights = rightsJson(cap.rights ?? 0);
    switch (target.kind) {
      case "ep":
        return { Endpoint: { object, badge, rights } };
      case "notification":
        return { Notification: { object, badge, rights } };
      case "cnode":
        return { CNode: { object, guard, guard_size: guardSize } };
      case "frame": {
        const executable = ((cap.rights ?? 0) & SpecRight.grant) !== 0;
        return { Frame: { object, rights, cached: cap.cached ?? true, executable } };
      }
      default: {
        const written = this.#object({ ...target, slots: [] } as CapdlObject);
        const [variant] = typeof written === "string" ? [written] : Object.keys(written ?? {});
        return variant === undefined ? undefined : { [HANDLERS[variant] ?? variant]: { object } };
      }
    }
  }

  #fill(fill: CapdlFill, name: string): readonly Json[] {
    if (fill.kind === "raw") {
      this.leftOut.push(`${name}: fill "${fill.words.join(" ")}"`);
      return [];
    }
    const { destOffset: start, destLength } = fill;
    const range = { start, end: start + destLength };
    if (fill.kind === "file") {
      return [{ range, content: { Data: { file: fill.file, file_offset: fill.fileOffset } } }];
    }
    const id = BOOT_INFO_IDS.get(fill.id);
    if (id === undefined) {
      this.leftOut.push(`${name}: boot info ${fill.id}`);
      return [];
    }
    return [{ range, content: { BootInfo: { id, offset: fill.sourceOffset } } }];
  }
}

function tcbExtra(tcb: CapdlTcb): Json {
  return {
    ipc_buffer_addr: tcb.addr ?? 0,
    affinity: tcb.affinity ?? 0,
    prio: tcb.prio ?? DEFAULT_PRIORITY,
    max_prio: tcb.maxPrio ?? DEFAULT_PRIORITY,
    fpu_disabled: tcb.fpuDisabled ?? false,
    resume: tcb.resume ?? true,
    domain: tcb.domain ?? null,
    ip: tcb.ip ?? 0,
    sp: tcb.sp ?? 0,
    gprs: tcb.init,
    master_fault_ep: tcb.faultEp ?? null,
  };
}

function rightsJson(rights: number): Json {
  return {
    read: (rights & SpecRight.read) !== 0,
    write: (rights & SpecRight.write) !== 0,
    grant: (rights & SpecRight.grant) !== 0,
    grant_reply: (rights & SpecRight.grantReply) !== 0,
  };
}
