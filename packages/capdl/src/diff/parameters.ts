import { type CapdlCap, type CapdlObject, type CapdlObjectCap } from "../model.ts";

/** Names of parameters that a comparison can pass over: fields of objects and of capabilities in the model. */
export type DiffParameter =
  | "fill"
  | "paddr"
  | "addr"
  | "ip"
  | "sp"
  | "prio"
  | "maxPrio"
  | "affinity"
  | "domain"
  | "resume"
  | "init"
  | "faultEp"
  | "sizeBits"
  | "hasUntypedMemory"
  | "asidHigh"
  | "periodUs"
  | "budgetUs"
  | "data"
  | "rights"
  | "badge"
  | "guard"
  | "guardSize"
  | "cached"
  | "mapping"
  | "asid";

/** What a parameter is when it is not written, as capDL-tool's C output and loaders have it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  domain: "0",
  hasUntypedMemory: "false",
  fill: "[]",
  init: "[]",
  resume: "true",
  fpuDisabled: "false",
  data: "0",
  rights: "0",
  badge: "0",
  guard: "0",
  guardSize: "0",
  cached: "true",
};

/** Fields that are no parameters. */
const STRUCTURE = new Set(["kind", "name", "slots", "children", "object", "mapping"]);

/** Parameters that are written and not passed over, as text. */
export type Parameters = ReadonlyMap<string, string>;

/** Parameters of an object; its slots and children are not among them. */
export function parametersOf(object: CapdlObject, ignored: ReadonlySet<string>): Parameters {
  return fieldsOf(object, ignored);
}

/** Attributes of a capability, besides its target and the place of its mapping. */
export function attributesOf(cap: CapdlObjectCap, ignored: ReadonlySet<string>): Parameters {
  return fieldsOf(cap, ignored);
}

function fieldsOf(record: object, ignored: ReadonlySet<string>): Parameters {
  const fields = new Map<string, string>();
  for (const [key, value] of Object.entries(record) as [string, unknown][]) {
    if (STRUCTURE.has(key) || ignored.has(key) || value === undefined) continue;
    const text = valueText(value);
    if (text !== DEFAULTS[key]) fields.set(key, text);
  }
  return fields;
}

/** What a parameter that is not written stands for. */
export function defaultOf(parameter: string): string {
  return DEFAULTS[parameter] ?? "none";
}

/** A capability that has no object, in words. */
export function specialText(cap: Exclude<CapdlCap, CapdlObjectCap>): string {
  return cap.kind === "sched_control" ? `sched_control(core: ${cap.core})` : cap.kind;
}

function valueText(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(value, (_, item: unknown) =>
      typeof item === "bigint" ? item.toString() : item,
    );
  }
  return String(value);
}
