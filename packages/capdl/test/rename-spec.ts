import { type CapdlCap, type CapdlObject, type CapdlSpec, hasSlots } from "@cantrip/capdl";

/** The same specification with other names, its objects in reverse. */
export function renameSpec(spec: CapdlSpec, rename: (name: string) => string): CapdlSpec {
  const cap = (each: CapdlCap): CapdlCap => {
    if (each.kind !== "object") return each;
    const { mapping } = each;
    return {
      ...each,
      object: rename(each.object),
      ...(mapping && { mapping: { ...mapping, container: rename(mapping.container) } }),
    };
  };
  const object = (each: CapdlObject): CapdlObject => {
    const name = rename(each.name);
    if (each.kind === "ut") return { ...each, name, children: each.children.map(rename) };
    if (!hasSlots(each)) return { ...each, name };
    const slots = each.slots.map((filled) => ({ ...filled, cap: cap(filled.cap) }));
    return { ...each, name, slots };
  };
  const place = <Ref extends { readonly container: string }>(ref: Ref): Ref => ({
    ...ref,
    container: rename(ref.container),
  });
  return {
    ...spec,
    objects: spec.objects.map(object).reverse(),
    irqs: spec.irqs.map((irq) => ({ ...irq, object: rename(irq.object) })),
    ...(spec.cdt && {
      cdt: spec.cdt.map(({ parent, child }) => ({ parent: place(parent), child: place(child) })),
    }),
  };
}
