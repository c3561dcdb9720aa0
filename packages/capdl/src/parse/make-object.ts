import { type CapdlObject, type CapdlTcb, type Word } from "../model.ts";
import { type Diagnostics } from "./diagnostics.ts";
import { noSlots } from "./no-slots.ts";
import {
  type ObjectParameters,
  PARAMETER_NAMES,
  ParameterKey as Key,
  type ParameterName,
} from "./parameters.ts";

/** What an object may be given. */
interface Parameters {
  /** At most once each. */
  readonly single?: readonly ParameterName[];
  /** At most as many as there are, but one of them may be repeated, as in capDL-tool; the first counts. */
  readonly group?: readonly ParameterName[];
  readonly required?: readonly ParameterName[];
}

const TCB_INFO = ["addr", "ip", "sp", "prio", "max_prio", "affinity"] as const;

const PARAMETERS: Readonly<Record<string, Parameters>> = {
  tcb: { single: ["dom", "fault_ep", "init"], group: [...TCB_INFO, "resume", "fpu_disabled"] },
  cnode: { single: ["bits", "untyped"], required: ["bits"] },
  ut: { single: ["bits", "paddr"] },
  frame: { single: ["size", "paddr", "fill"], required: ["size"] },
  asid_pool: { single: ["asid_high"] },
  sc: { single: ["bits"], group: ["period", "budget", "data"] },
  io_pt: { single: ["level"], required: ["level"] },
  io_ports: { single: ["ports"], required: ["ports"] },
  io_device: { single: ["domainID", "pci"], required: ["domainID", "pci"] },
  arm_io_device: { single: ["iospace"], required: ["iospace"] },
  ioapic_irq: all("ioapic_num", "ioapic_pin", "ioapic_level", "ioapic_polarity"),
  msi_irq: all("msi_handle", "msi_pci_bus", "msi_pci_dev", "msi_pci_fun"),
  arm_irq: all("trigger", "target"),
  arm_sgi_signal: { single: ["irq", "target"], required: ["irq", "target"] },
  contextbank: { single: ["bank"] },
};

function all(...names: readonly ParameterName[]): Parameters {
  return { group: names, required: names };
}

/** Largest number of bits that the model keeps: beyond, sizes mean nothing. */
const MAX_BITS = 2 ** 31;

/**
 * Makes an object of type `type` from its parameters. Mistakes are reported at `offset`; there is an object all the same, so
 * that references to it are no mistakes as well.
 */
export class ObjectMaker {
  readonly #parameters: ObjectParameters;
  readonly #diagnostics: Diagnostics;
  #offset = 0;
  #name = "";

  constructor(parameters: ObjectParameters, diagnostics: Diagnostics) {
    this.#parameters = parameters;
    this.#diagnostics = diagnostics;
  }

  /** Checks what was given; to be done once for an array. */
  check(type: string, name: string, offset: number): void {
    this.#offset = offset;
    this.#name = name;
    const { single = [], group = [], required = [] } = PARAMETERS[type] ?? {};
    const parameters = this.#parameters;
    if (parameters.count > 0) {
      let grouped = 0;
      PARAMETER_NAMES.forEach((parameter, key) => {
        const times = parameters.given[key] ?? 0;
        if (times === 0) return;
        if (group.includes(parameter)) grouped += times;
        else if (!single.includes(parameter)) {
          this.#wrong(`a ${type} has no ${parameter}`, parameters.offsets[key]);
        } else if (times > 1) this.#wrong(`a second ${parameter}`, parameters.offsets[key]);
      });
      if (grouped > group.length) this.#wrong(`${name}: too many parameters`);
    }
    for (const parameter of required) {
      if (!parameters.has(Key[parameter]))
        this.#wrong(`${name}: ${type} needs ${wanted(parameter)}`);
    }
  }

  make(type: string, name: string): CapdlObject {
    const given = this.#parameters;
    switch (type) {
      case "notification":
      case "rtreply":
      case "vcpu":
      case "smc":
      case "streamid":
        return { kind: type, name };
      case "irq":
      case "pt":
      case "pd":
      case "pdpt":
      case "pml4":
      case "pud":
      case "pgd":
        return { kind: type, name, slots: noSlots() };
      case "cnode": {
        const sizeBits = this.#bits();
        // A CNode of one slot is how the language spells an interrupt.
        if (sizeBits === 0 && given.has(Key.bits)) return { kind: "irq", name, slots: noSlots() };
        const hasUntypedMemory = given.flag(Key.untyped) === true;
        return { kind: type, name, sizeBits, hasUntypedMemory, slots: noSlots() };
      }
      case "ut": {
        const paddr = given.get(Key.paddr);
        const object = { kind: type, name, sizeBits: this.#bits(), children: [] } as const;
        return paddr === undefined ? object : { ...object, paddr };
      }
      case "frame":
        return this.#frame(name);
      case "tcb":
        return this.#tcb(name);
      case "sc":
        return this.#schedContext(name);
      case "asid_pool": {
        const asidHigh = given.get(Key.asid_high);
        return {
          kind: type,
          name,
          slots: noSlots(),
          ...(asidHigh === undefined ? {} : { asidHigh }),
        };
      }
      case "io_pt":
        return { kind: type, name, slots: noSlots(), level: this.#word(Key.level) };
      case "io_ports": {
        const [start, end] = given.ports;
        return { kind: type, name, start, end };
      }
      case "io_device": {
        const [pciBus, pciDevice, pciFunction] = given.pci;
        const domainId = this.#word(Key.domainID);
        return { kind: type, name, slots: noSlots(), domainId, pciBus, pciDevice, pciFunction };
      }
      case "arm_io_device":
        return { kind: type, name, slots: noSlots(), iospace: this.#word(Key.iospace) };
      case "ioapic_irq":
        return {
          kind: type,
          name,
          slots: noSlots(),
          ioapic: this.#word(Key.ioapic_num),
          pin: this.#word(Key.ioapic_pin),
          level: this.#word(Key.ioapic_level),
          polarity: this.#word(Key.ioapic_polarity),
        };
      case "msi_irq":
        return {
          kind: type,
          name,
          slots: noSlots(),
          handle: this.#word(Key.msi_handle),
          pciBus: this.#word(Key.msi_pci_bus),
          pciDevice: this.#word(Key.msi_pci_dev),
          pciFunction: this.#word(Key.msi_pci_fun),
        };
      case "arm_irq": {
        const trigger = given.flag(Key.trigger) === true ? "edge" : "level";
        return { kind: type, name, slots: noSlots(), trigger, target: this.#word(Key.target) };
      }
      case "arm_sgi_signal":
        return { kind: type, name, irq: this.#word(Key.irq), target: this.#word(Key.target) };
      case "contextbank": {
        const bank = given.get(Key.bank);
        return { kind: type, name, ...(bank === undefined ? {} : { bank }) };
      }
      default:
        return { kind: "ep", name };
    }
  }

  #frame(name: string): CapdlObject {
    const given = this.#parameters;
    const paddr = given.get(Key.paddr);
    const sizeBits = this.#log2(given.has(Key.size) ? given.size : 4096);
    if (!given.has(Key.fill)) {
      if (paddr === undefined) return { kind: "frame", name, sizeBits };
      return { kind: "frame", name, sizeBits, paddr };
    }
    const { fills: fill } = given;
    if (paddr === undefined) return { kind: "frame", name, sizeBits, fill };
    return { kind: "frame", name, sizeBits, paddr, fill };
  }

  #log2(size: Word): number {
    const bits = typeof size === "number" ? Math.log2(size) : size.toString(2).length - 1;
    if (Number.isInteger(bits) && (typeof size === "number" || size === 1n << BigInt(bits)))
      return bits;
    const text =
      Number(size) === 0 ? "a frame of no size" : "frame needs a size that is a power of two";
    this.#diagnostics.add(this.#offset, `${this.#name}: ${text}`, "CAPDL0008");
    return 12;
  }

  #tcb(name: string): CapdlObject {
    const given = this.#parameters;
    const count = TCB_INFO.filter((key) => given.has(Key[key])).length;
    const isPair = count === 2 && given.has(Key.addr) && given.has(Key.affinity);
    const needsInfo = given.has(Key.resume) || given.has(Key.fpu_disabled);
    if (count !== TCB_INFO.length && !isPair && (count > 0 || needsInfo)) {
      this.#wrong(`${name}: a tcb has none, addr and affinity, or all of ${TCB_INFO.join(", ")}`);
    }
    const tcb: { -readonly [Field in keyof CapdlTcb]: CapdlTcb[Field] } = {
      kind: "tcb",
      name,
      slots: noSlots(),
      init: given.has(Key.init) ? given.init : [],
    };
    const put = (
      field: "addr" | "ip" | "sp" | "prio" | "maxPrio" | "affinity" | "domain" | "faultEp",
      key: number,
    ): void => {
      const value = given.get(key);
      if (value !== undefined) tcb[field] = value;
    };
    put("addr", Key.addr);
    put("ip", Key.ip);
    put("sp", Key.sp);
    put("prio", Key.prio);
    put("maxPrio", Key.max_prio);
    put("affinity", Key.affinity);
    put("domain", Key.dom);
    put("faultEp", Key.fault_ep);
    const resume = given.flag(Key.resume);
    const fpuDisabled = given.flag(Key.fpu_disabled);
    if (resume !== undefined) tcb.resume = resume;
    if (fpuDisabled !== undefined) tcb.fpuDisabled = fpuDisabled;
    return tcb;
  }

  #schedContext(name: string): CapdlObject {
    const given = this.#parameters;
    const periodUs = given.get(Key.period);
    const budgetUs = given.get(Key.budget);
    const data = given.get(Key.data);
    if ((periodUs === undefined) !== (budgetUs === undefined)) {
      this.#wrong(`${name}: period and budget go together`);
    } else if (data !== undefined && periodUs === undefined) {
      this.#wrong(`${name}: data needs period and budget`);
    }
    return {
      kind: "sc",
      name,
      sizeBits: this.#bits(),
      ...(periodUs === undefined ? {} : { periodUs }),
      ...(budgetUs === undefined ? {} : { budgetUs }),
      ...(data === undefined ? {} : { data }),
    };
  }

  #word(key: number): Word {
    return this.#parameters.get(key) ?? 0;
  }

  #bits(): number {
    const bits = this.#parameters.get(Key.bits) ?? 0;
    if (bits <= MAX_BITS) return Number(bits);
    this.#wrong(`${this.#name}: ${bits} bits`);
    return 0;
  }

  #wrong(message: string, offset = this.#offset): void {
    this.#diagnostics.add(offset, message, "CAPDL0004");
  }
}

function wanted(parameter: ParameterName): string {
  return parameter === "bits" || parameter === "size" ? "its size" : parameter;
}
