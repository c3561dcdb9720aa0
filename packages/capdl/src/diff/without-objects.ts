import { type CapdlObject, type CapdlSpec, hasSlots } from "../model.ts";

/** A specification without some objects, the capabilities to them, and what says where those are. */
export function withoutObjects(
  spec: CapdlSpec,
  isGone: (object: CapdlObject) => boolean,
): CapdlSpec {
  const gone = new Set(spec.objects.filter(isGone).map(({ name }) => name));
  const objects = spec.objects.flatMap((object): CapdlObject[] => {
    if (gone.has(object.name)) return [];
    if (object.kind === "ut")
      return [{ ...object, children: object.children.filter((name) => !gone.has(name)) }];
    if (!hasSlots(object)) return [object];
    const slots = object.slots.filter(({ cap }) => cap.kind !== "object" || !gone.has(cap.object));
    return [{ ...object, slots }];
  });
  return {
    ...spec,
    objects,
    irqs: spec.irqs.filter(({ object }) => !gone.has(object)),
    ...(spec.cdt === undefined
      ? {}
      : {
          cdt: spec.cdt.filter(
            ({ parent, child }) => !gone.has(parent.container) && !gone.has(child.container),
          ),
        }),
  };
}
