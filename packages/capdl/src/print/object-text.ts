import { BOOT_INFO_FILL, type CapdlDialect } from "../dialect.ts";
import { type CapdlFrame, type CapdlObject, type CapdlTcb, type Word } from "../model.ts";
import { fillText } from "../parse/fills.ts";

/** An object's type and parameters. */
export function parametersText(object: CapdlObject, dialect: CapdlDialect): string {
  const isCantrip = dialect === "cantrip";
  switch (object.kind) {
    case "cnode":
      if (!isCantrip) return `cnode (${object.sizeBits} bits)`;
      return `cnode (${object.sizeBits} bits, untyped: ${flag(object.hasUntypedMemory)})`;
    case "tcb":
      return tcbText(object, isCantrip);
    case "frame":
      return frameText(object, isCantrip);
    case "sc":
      return list("sc", [
        field("period", object.periodUs),
        field("budget", object.budgetUs),
        field("data", object.data),
        object.sizeBits === 0 ? "" : `${object.sizeBits} bits`,
      ]);
    case "ut":
      return list("ut", [
        object.sizeBits === 0 ? "" : `${object.sizeBits} bits`,
        hexField("paddr", object.paddr),
      ]);
    case "asid_pool":
      return list("asid_pool", [hexField("asid_high", object.asidHigh)]);
    case "io_pt":
      return list("io_pt", [field("level", object.level)]);
    case "io_ports":
      return `io_ports (ports: [${object.start}..${object.end}])`;
    case "io_device":
      return list("io_device", [
        field("domainID", object.domainId),
        `${object.pciBus}:${object.pciDevice}.${object.pciFunction}`,
      ]);
    case "arm_io_device":
      return list("arm_io_device", [field("iospace", object.iospace)]);
    case "ioapic_irq":
      return list("ioapic_irq", [
        field("ioapic_num", object.ioapic),
        field("ioapic_pin", object.pin),
        field("ioapic_level", object.level),
        field("ioapic_polarity", object.polarity),
      ]);
    case "msi_irq":
      return list("msi_irq", [
        field("msi_handle", object.handle),
        field("msi_pci_bus", object.pciBus),
        field("msi_pci_dev", object.pciDevice),
        field("msi_pci_fun", object.pciFunction),
      ]);
    case "arm_irq":
      return list("arm_irq", [`trigger: ${object.trigger}`, field("target", object.target)]);
    case "arm_sgi_signal":
      return list("arm_sgi_signal", [field("irq", object.irq), field("target", object.target)]);
    case "contextbank":
      return list("contextbank", [field("bank", object.bank)]);
    default:
      return object.kind;
  }
}

function frameText({ sizeBits, paddr, fill }: CapdlFrame, isCantrip: boolean): string {
  const fills = fill
    ?.filter((item) => isCantrip || item.kind !== "bootinfo" || item.id !== BOOT_INFO_FILL)
    .map(fillText);
  return list("frame", [
    sizeBits >= 20 ? `${2n ** BigInt(sizeBits - 20)}M` : `${2 ** (sizeBits - 10)}k`,
    hexField("paddr", paddr),
    fills === undefined ? "" : `fill: [${fills.join(", ")}]`,
  ]);
}

function tcbText(tcb: CapdlTcb, isCantrip: boolean): string {
  const { resume, fpuDisabled, domain } = tcb;
  return list("tcb", [
    field("addr", tcb.addr),
    field("ip", tcb.ip),
    field("sp", tcb.sp),
    field("prio", tcb.prio),
    field("max_prio", tcb.maxPrio),
    field("affinity", tcb.affinity),
    resume === undefined ? "" : `resume: ${flag(resume)}`,
    fpuDisabled === undefined || isCantrip ? "" : `fpu_disabled: ${flag(fpuDisabled)}`,
    field("fault_ep", tcb.faultEp),
    field("dom", isCantrip ? domain : (domain ?? 0)),
    tcb.init.length === 0 ? "" : `init: [${tcb.init.join(", ")}]`,
  ]);
}

function list(head: string, items: readonly string[]): string {
  const given = items.filter((item) => item !== "");
  return given.length === 0 ? head : `${head} (${given.join(", ")})`;
}

function field(name: string, value: Word | undefined): string {
  return value === undefined ? "" : `${name}: ${value}`;
}

function hexField(name: string, value: Word | undefined): string {
  return value === undefined ? "" : `${name}: 0x${value.toString(16)}`;
}

function flag(value: boolean): string {
  return value ? "True" : "False";
}
