import {
  type CapdlArch,
  type CapdlCap,
  type CapdlFill,
  type CapdlKind,
  type CapdlObject,
  type CapdlObjectCap,
  type CapdlSlot,
  type CapdlSpec,
  type Word,
} from "../model.ts";
import { SpecRight } from "../spec.ts";
import { JsonMistake, JsonValue } from "./json-value.ts";
import { BOOT_INFO_IDS, TABLE_LEVELS } from "./names.ts";

/** A specification, or the first mistake. */
export type JsonResult =
  { readonly ok: true; readonly spec: CapdlSpec } | { readonly ok: false; readonly error: string };

/**
 * Reads JSON: that of rust-sel4 5.0, and both older forms that capDL-tool's fork wrote.
 *
 * @param arch - the architecture, of which JSON does not tell
 */
export function readCapdlJson(text: string, arch: CapdlArch): JsonResult {
  try {
    return { ok: true, spec: new Reader(JsonValue.parse(text), arch).spec() };
  } catch (error) {
    if (error instanceof JsonMistake) return { ok: false, error: error.message };
    throw error;
  }
}

const FIELDLESS: Readonly<Record<string, "ep" | "notification" | "rtreply" | "vcpu" | "smc">> = {
  Endpoint: "ep",
  Notification: "notification",
  Reply: "rtreply",
  VCpu: "vcpu",
  ArmSmc: "smc",
};

class Reader {
  readonly #root: JsonValue;
  readonly #arch: CapdlArch;
  readonly #names: readonly string[];

  constructor(root: JsonValue, arch: CapdlArch) {
    this.#root = root;
    this.#arch = arch;
    this.#names = root
      .get("objects")
      .list()
      .map((item, index) => {
        const name = item.get("name");
        return name.isNull() ? `object.${index}` : name.text();
      });
  }

  spec(): CapdlSpec {
    const root = this.#root;
    const children = new Map<string, readonly string[]>();
    for (const cover of root.has("untyped_covers") ? root.get("untyped_covers").list() : []) {
      const [start, end] = range(cover.get("children"));
      children.set(this.#name(cover.get("parent")), this.#names.slice(start, end));
    }
    const high = new Map<string, number>();
    root
      .get("asid_slots")
      .list()
      .forEach((pool, index) => high.set(this.#name(pool), index + 1));
    const objects = root
      .get("objects")
      .list()
      .map((item, index) => this.#object(this.#names[index] ?? "", item.get("object"), children));
    const irqs = root
      .get("irqs")
      .list()
      .map((item) => {
        const [irq, handler] = pair(item, "irq", "handler");
        return { irq: irq.number(), object: this.#name(handler) };
      });
    const schedule = root.get("domain_schedule");
    if (schedule.isNull()) return { arch: this.#arch, objects, irqs };
    const start = root.get("domain_set_start");
    const shift = root.get("domain_idx_shift");
    const domains = {
      schedule: schedule.list().map((entry) => this.#duration(entry)),
      start: start.isNull() ? ("no_start" as const) : start.word(),
      indexShift: shift.isNull() ? 0 : shift.word(),
    };
    return { arch: this.#arch, objects, irqs, domains };
  }

  #duration(entry: JsonValue): readonly [Word, Word] {
    const domain = entry.get("domain").word(8);
    const { name, content } = entry.get("duration").variant();
    if (name === "EndMarker") return [domain, 0];
    if (name !== "Ticks") entry.get("duration").fail('"Ticks" or "EndMarker"');
    const ticks = content.word();
    if (ticks === 0) content.fail("a duration above 0");
    return [domain, ticks];
  }

  #name(value: JsonValue): string {
    return this.#names[value.number()] ?? value.fail("the index of an object");
  }

  #object(
    name: string,
    value: JsonValue,
    children: ReadonlyMap<string, readonly string[]>,
  ): CapdlObject {
    const { name: variant, content } = value.variant();
    const plain = FIELDLESS[variant];
    if (plain !== undefined) {
      if (!content.isNull()) content.fail("null");
      return { kind: plain, name };
    }
    const extra = content.get("extra");
    switch (variant) {
      case "Untyped":
        return {
          kind: "ut",
          name,
          sizeBits: content.get("size_bits").number(8),
          ...optional("paddr", content.get("paddr")),
          children: children.get(name) ?? [],
        };
      case "CNode":
        return {
          kind: "cnode",
          name,
          sizeBits: content.get("size_bits").number(8),
          hasUntypedMemory: false,
          slots: this.#slots(content),
        };
      case "Tcb":
        return this.#tcb(name, content);
      case "Irq":
      case "RiscvIrq":
        return { kind: "irq", name, slots: this.#slots(content) };
      case "Frame":
        return this.#frame(name, content);
      case "PageTable":
        return { kind: this.#tableKind(content), name, slots: this.#slots(content) };
      case "AsidPool":
        return { kind: "asid_pool", name, slots: [], ...optional("asidHigh", content.get("high")) };
      case "SchedContext":
        return {
          kind: "sc",
          name,
          sizeBits: content.get("size_bits").number(8),
          periodUs: extra.get("period").word(),
          budgetUs: extra.get("budget").word(),
          data: extra.get("badge").word(),
        };
      case "IOPorts":
        return {
          kind: "io_ports",
          name,
          start: content.get("start_port").word(),
          end: content.get("end_port").word(),
        };
      case "IOPageTable":
        return {
          kind: "io_pt",
          name,
          slots: this.#slots(content),
          level: content.get("level").word(8),
        };
      case "IOSpace": {
        const pci = content.get("pci_device");
        return {
          kind: "io_device",
          name,
          slots: this.#slots(content),
          domainId: content.get("domain_id").word(),
          pciBus: pci.get("bus").word(),
          pciDevice: pci.get("device").word(),
          pciFunction: pci.get("function").word(),
        };
      }
      case "ArmIrq": {
        const trigger = extra.get("trigger").word() === 0 ? "level" : "edge";
        const slots = this.#slots(content);
        return { kind: "arm_irq", name, slots, trigger, target: extra.get("target").word() };
      }
      case "IrqMsi":
        return {
          kind: "msi_irq",
          name,
          slots: this.#slots(content),
          handle: extra.get("handle").word(),
          pciBus: extra.get("pci_bus").word(),
          pciDevice: extra.get("pci_dev").word(),
          pciFunction: extra.get("pci_func").word(),
        };
      case "IrqIOApic":
        return {
          kind: "ioapic_irq",
          name,
          slots: this.#slots(content),
          ioapic: extra.get("ioapic").word(),
          pin: extra.get("pin").word(),
          level: extra.get("level").word(),
          polarity: extra.get("polarity").word(),
        };
      default:
        return value.fail("a kind of object");
    }
  }

  #tcb(name: string, content: JsonValue): CapdlObject {
    const extra = content.get("extra");
    const fpu = extra.get("fpu_disabled");
    const isResumed = extra.get("resume").flag();
    return {
      kind: "tcb",
      name,
      slots: this.#slots(content),
      addr: extra.get("ipc_buffer_addr").word(),
      ip: extra.get("ip").word(),
      sp: extra.get("sp").word(),
      prio: extra.get("prio").word(8),
      maxPrio: extra.get("max_prio").word(8),
      affinity: extra.get("affinity").word(),
      ...(isResumed ? {} : { resume: false }),
      ...(fpu.isNull() || !fpu.flag() ? {} : { fpuDisabled: true }),
      ...optional("domain", extra.get("domain")),
      ...optional("faultEp", extra.get("master_fault_ep")),
      init: extra
        .get("gprs")
        .list()
        .map((item) => item.word()),
    };
  }

  #frame(name: string, content: JsonValue): CapdlObject {
    const init = content.get("init");
    const entries = (init.has("Fill") ? init.get("Fill") : init).get("entries").list();
    return {
      kind: "frame",
      name,
      sizeBits: content.get("size_bits").number(8),
      ...optional("paddr", content.get("paddr")),
      ...(entries.length === 0 ? {} : { fill: entries.map(fillOf) }),
    };
  }

  #tableKind(content: JsonValue): "pt" | "pd" | "pdpt" | "pml4" | "pud" | "pgd" {
    const level = content.get("level");
    if (this.#arch === "riscv" || level.isNull()) return "pt";
    const wanted = level.number(8);
    const found = Object.entries(TABLE_LEVELS[this.#arch]).find(([, each]) => each === wanted)?.[0];
    if (found === undefined) level.fail(`a level of ${this.#arch}`);
    return found as Extract<CapdlKind, "pt" | "pd" | "pdpt" | "pml4" | "pud" | "pgd">;
  }

  #slots(content: JsonValue): readonly CapdlSlot[] {
    return content
      .get("slots")
      .list()
      .map((item) => {
        const [slot, cap] = pair(item, "slot", "cap");
        return { slot: slot.number(), cap: this.#cap(cap) };
      });
  }

  #cap(value: JsonValue): CapdlCap {
    const { name: variant, content } = value.variant();
    const object = this.#name(content.get("object"));
    const cap: { -readonly [Field in keyof CapdlObjectCap]: CapdlObjectCap[Field] } = {
      kind: "object",
      object,
    };
    if (variant === "Endpoint" || variant === "Notification" || variant === "Frame") {
      const rights = rightsOf(content.get("rights"));
      if (rights !== 0) cap.rights = rights;
    }
    if (variant === "Endpoint" || variant === "Notification") {
      const badge = content.get("badge").word();
      if (badge !== 0) cap.badge = badge;
    }
    if (variant === "CNode") {
      const guard = content.get("guard").word();
      const size = content.get("guard_size").word();
      if (guard !== 0) cap.guard = guard;
      if (size !== 0) cap.guardSize = size;
    }
    if (variant === "Frame") {
      if (!content.get("cached").flag()) cap.cached = false;
      const executable = content.get("executable");
      if (!executable.isNull() && executable.flag()) {
        cap.rights = (cap.rights ?? 0) | SpecRight.grant;
      }
    }
    return cap;
  }
}

function optional<Key extends string>(key: Key, value: JsonValue): Partial<Record<Key, Word>> {
  return (value.isNull() ? {} : { [key]: value.word() }) as Partial<Record<Key, Word>>;
}

/** An object with two keys, or a list of two. */
function pair(value: JsonValue, first: string, second: string): readonly [JsonValue, JsonValue] {
  if (!value.isList()) return [value.get(first), value.get(second)];
  const [left, right, ...more] = value.list();
  if (left === undefined || right === undefined || more.length > 0) value.fail("a pair");
  return [left, right];
}

function range(value: JsonValue): readonly [number, number] {
  const [start, end] = pair(value, "start", "end");
  return [start.number(), end.number()];
}

function rightsOf(value: JsonValue): number {
  return (
    (value.get("read").flag() ? SpecRight.read : 0) |
    (value.get("write").flag() ? SpecRight.write : 0) |
    (value.get("grant").flag() ? SpecRight.grant : 0) |
    (value.get("grant_reply").flag() ? SpecRight.grantReply : 0)
  );
}

function fillOf(entry: JsonValue): CapdlFill {
  const [start, end] = range(entry.get("range"));
  const place = { destOffset: start, destLength: end - start };
  const { name, content } = entry.get("content").variant();
  if (name === "Data") {
    const fileOffset = content.get("file_offset").number(53);
    return { kind: "file", ...place, file: content.get("file").text(), fileOffset };
  }
  if (name !== "BootInfo") return entry.get("content").fail('"Data" or "BootInfo"');
  const wanted = content.get("id").text();
  const id = [...BOOT_INFO_IDS].find(([, json]) => json === wanted)?.[0];
  if (id === undefined) return content.get("id").fail("a block of the boot info");
  return { kind: "bootinfo", ...place, id, sourceOffset: content.get("offset").number(53) };
}
