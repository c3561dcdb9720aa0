import { type CapdlObject, type CapdlSlot, type CapdlSpec, hasSlots } from "@cantrip/capdl";

/**
 * A specification without what its text may say in several ways: the order of objects and of slots, and values that are the
 * defaults.
 */
export function essence(spec: CapdlSpec): unknown {
  const { arch, irqs, cdt = [], domains } = spec;
  const objects = spec.objects.map(essenceOf).sort(byText);
  return {
    arch,
    objects,
    irqs: [...irqs].sort((a, b) => a.irq - b.irq),
    cdt: cdt.map((link) => link).sort(byText),
    domains,
  };
}

function essenceOf(object: CapdlObject): unknown {
  const slots = hasSlots(object)
    ? { slots: [...object.slots].sort((a, b) => a.slot - b.slot).map(slotOf) }
    : {};
  const domain = object.kind === "tcb" ? { domain: object.domain ?? 0 } : {};
  return { ...object, ...slots, ...domain };
}

function slotOf({ slot, cap }: CapdlSlot): unknown {
  if (cap.kind !== "object") return { slot, cap };
  const { badge = 0, rights = 0, guard = 0, guardSize = 0, cached = true, ...rest } = cap;
  return { slot, cap: { ...rest, badge, rights, guard, guardSize, cached } };
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [textOf(a), textOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "bigint" ? `${item}n` : item,
  );
}
