import { allocationOrder } from "./allocation-order.ts";
import {
  type CapdlFill,
  type CapdlObject,
  type CapdlSlot,
  type CapdlSpec,
  type Word,
} from "./model.ts";
import { type FrameFill, type Spec, type SpecCap, type SpecObject, type SpecSlot } from "./spec.ts";

/** A specification for CantripOS's loaders, or everything in it that they do not take. */
export type LoaderSpecResult =
  | { readonly ok: true; readonly spec: Spec }
  | { readonly ok: false; readonly errors: readonly string[] };

/**
 * The specification that CantripOS's root server and image writer take: objects of RISC-V only, numbers to 2^53-1, fills
 * that they understand, the defaults in place of what was not written, and the objects in allocation order.
 */
export function loaderSpec(spec: CapdlSpec): LoaderSpecResult {
  const errors: string[] = [];
  if (spec.arch !== "riscv") errors.push(`architecture ${spec.arch}, only riscv is loaded`);
  const narrow = new Narrower(errors);
  const objects = allocationOrder(spec.objects.flatMap((object) => narrow.object(object)));
  const { domains } = spec;
  const result: Spec = {
    arch: spec.arch,
    objects,
    irqs: spec.irqs,
    ...(spec.cdt === undefined ? {} : { cdt: spec.cdt }),
    ...(domains === undefined
      ? {}
      : {
          domains: {
            schedule: domains.schedule.map(
              ([domain, duration]) =>
                [narrow.number(domain, "domains"), narrow.number(duration, "domains")] as const,
            ),
            start:
              domains.start === "no_start" ? "no_start" : narrow.number(domains.start, "domains"),
            indexShift: narrow.number(domains.indexShift, "domains"),
          },
        }),
  };
  return errors.length === 0 ? { ok: true, spec: result } : { ok: false, errors };
}

/** Collects what a loader does not take. */
class Narrower {
  readonly #errors: string[];

  constructor(errors: string[]) {
    this.#errors = errors;
  }

  number(value: Word, name: string): number {
    if (typeof value === "bigint") this.#errors.push(`${name}: number ${value} above 2^53-1`);
    return Number(value);
  }

  object(object: CapdlObject): readonly SpecObject[] {
    const { name } = object;
    const number = (value: Word | undefined): number => this.number(value ?? 0, name);
    const optional = <Key extends string>(key: Key, value: Word | undefined) =>
      (value === undefined ? {} : { [key]: this.number(value, name) }) as Partial<
        Record<Key, number>
      >;
    switch (object.kind) {
      case "ep":
      case "notification":
      case "rtreply":
        return [{ kind: object.kind, name }];
      case "pt":
      case "irq":
        return [{ kind: object.kind, name, slots: this.#slots(object.slots, name) }];
      case "cnode":
        return [{ ...object, slots: this.#slots(object.slots, name) }];
      case "asid_pool": {
        const slots = this.#slots(object.slots, name);
        return [{ kind: "asid_pool", name, slots, ...optional("asidHigh", object.asidHigh) }];
      }
      case "ut": {
        const { sizeBits, children } = object;
        return [{ kind: "ut", name, sizeBits, children, ...optional("paddr", object.paddr) }];
      }
      case "frame": {
        const fill = (object.fill ?? []).flatMap((item) => this.#fill(item, name));
        const { sizeBits } = object;
        return [{ kind: "frame", name, sizeBits, fill, ...optional("paddr", object.paddr) }];
      }
      case "sc":
        return [
          {
            kind: "sc",
            name,
            sizeBits: object.sizeBits,
            periodUs: number(object.periodUs),
            budgetUs: number(object.budgetUs),
            data: number(object.data),
          },
        ];
      case "tcb":
        return [
          {
            kind: "tcb",
            name,
            slots: this.#slots(object.slots, name),
            addr: number(object.addr),
            ip: number(object.ip),
            sp: number(object.sp),
            prio: number(object.prio),
            maxPrio: number(object.maxPrio),
            affinity: number(object.affinity),
            init: object.init.map(number),
            ...optional("domain", object.domain),
            ...optional("faultEp", object.faultEp),
            ...(object.resume === undefined ? {} : { resume: object.resume }),
            ...(object.fpuDisabled === undefined ? {} : { fpuDisabled: object.fpuDisabled }),
          },
        ];
      default:
        this.#errors.push(`${name}: objects of type ${object.kind} are not loaded`);
        return [];
    }
  }

  #fill(fill: CapdlFill, name: string): readonly FrameFill[] {
    if (fill.kind !== "raw") return [fill];
    this.#errors.push(`${name}: fill "${fill.words.join(" ")}" is not understood`);
    return [];
  }

  #slots(slots: readonly CapdlSlot[], name: string): readonly SpecSlot[] {
    return slots.flatMap(({ slot, cap }) => {
      const narrowed = this.#cap(cap, name);
      return narrowed === undefined ? [] : [{ slot, cap: narrowed }];
    });
  }

  #cap(cap: CapdlSlot["cap"], name: string): SpecCap | undefined {
    if (cap.kind === "sched_control") return { kind: cap.kind, core: this.number(cap.core, name) };
    const { kind } = cap;
    if (kind === "io_space_master") {
      this.#errors.push(`${name}: a capability io_space_master is not loaded`);
      return undefined;
    }
    if (kind !== "object") return { kind };
    const { badge, guard, guardSize, asid, ...rest } = cap;
    return {
      ...rest,
      ...(badge === undefined ? {} : { badge: this.number(badge, name) }),
      ...(guard === undefined ? {} : { guard: this.number(guard, name) }),
      ...(guardSize === undefined ? {} : { guardSize: this.number(guardSize, name) }),
      ...(asid === undefined
        ? {}
        : { asid: { high: this.number(asid.high, name), low: this.number(asid.low, name) } }),
    };
  }
}
