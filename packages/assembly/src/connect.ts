import { type IrqBinding, type SpecObject, SpecRight } from "@cantrip/capdl";
import type { DataportBirth } from "@cantrip/camkes-rpc";
import type { BirthDraft, SharedNotification } from "./birth-draft.ts";
import { dataportBytes } from "./check-dataports.ts";
import { sharedNotificationOf } from "./shared-notification.ts";
import { connectRpc } from "./connect-rpc.ts";
import { endOf, objectCap } from "./connection-end.ts";
import { splitEnd } from "./split-end.ts";
import { PAGE_BYTES, READ_WRITE_DATA, READ_WRITE_EXECUTE } from "./component-plan.ts";
import type { Connection, SystemDescription } from "./description.ts";

const MEGA_BITS = 22;
const MEGA_BYTES = 2 ** MEGA_BITS;

/**
 * Adds what a connection needs to both of its ends, as CantripOS's CAmkES templates do.
 *
 * @param shared - receives the objects that belong to the connection rather than to a component
 * @param irqs - receives the interrupt bindings
 */
export function connect(
  connection: Connection,
  system: SystemDescription,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
  irqs: IrqBinding[],
): void {
  switch (connection.connector) {
    case "cantripRPCCall":
      connectRpc(connection, system, drafts, shared, { sharesPage: false, signals: false });
      break;
    case "cantripRPCCallSignal":
      connectRpc(connection, system, drafts, shared, { sharesPage: false, signals: true });
      break;
    case "cantripRPCOverMultiSharedData":
      connectRpc(connection, system, drafts, shared, { sharesPage: true, signals: false });
      break;
    case "cantripSharedData":
      connectSharedData(connection, drafts, shared);
      break;
    case "cantripMMIO":
      connectMmio(connection, system, drafts, shared);
      break;
    case "cantripIRQ":
      connectInterrupts(connection, system, drafts, shared, irqs);
      break;
  }
}

function connectSharedData(
  connection: Connection,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
): void {
  const ends = [...connection.from, connection.to].map((end) => endOf(end, drafts));
  const size = Math.max(...ends.map(({ draft, name }) => dataportBytes(draft.plan.type, name)));
  const objects = Array.from(
    { length: Math.ceil(size / PAGE_BYTES) },
    (_, index) => `${connection.name}_${index}_obj`,
  );
  for (const name of objects) shared.push({ kind: "frame", name, sizeBits: 12, fill: [] });
  for (const { draft, name } of ends) {
    const access = accessOf(draft, name);
    const rights = access.isReadOnly === true ? SpecRight.read : READ_WRITE_EXECUTE;
    const addresses = objects.map((object) => draft.plan.mapPage(object, rights));
    draft.dataports[name] = { address: addresses[0] ?? 0, size, ...access, frames: [] };
  }
}

/** What a birth says of a dataport that the component may only read. */
function accessOf({ plan }: BirthDraft, name: string): Pick<DataportBirth, "isReadOnly"> {
  return plan.type.readOnly?.includes(name) === true ? { isReadOnly: true } : {};
}

function connectMmio(
  connection: Connection,
  system: SystemDescription,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
): void {
  const [instance, port] = splitEnd(connection.to);
  const range = system.components[instance]?.memory?.[port];
  if (range === undefined) throw new Error(`end "${connection.to}" was not checked`);
  const isMega = range.size % MEGA_BYTES === 0 && range.paddr % MEGA_BYTES === 0;
  const sizeBits = isMega ? MEGA_BITS : 12;
  const names = Array.from(
    { length: Math.ceil(range.size / 2 ** sizeBits) },
    (_, index) => `${connection.name}_DATA_${index}_obj`,
  );
  names.forEach((name, index) => {
    shared.push({
      kind: "frame",
      name,
      sizeBits,
      paddr: range.paddr + index * 2 ** sizeBits,
      fill: [],
    });
  });
  for (const end of connection.from) {
    const { draft, name } = endOf(end, drafts);
    const { plan } = draft;
    const access = accessOf(draft, name);
    const rights = access.isReadOnly === true ? SpecRight.read : READ_WRITE_DATA;
    const frames: number[] = [];
    let address: number;
    if (isMega) {
      const mapped = plan.mapMegaPages(names, rights);
      address = mapped.address;
      names.forEach((object, index) => {
        const mapping = { container: plan.vspace, slot: mapped.slots[index] ?? 0 };
        frames.push(plan.addCap({ kind: "object", object, rights, cached: false, mapping }));
      });
    } else {
      const addresses = names.map((object) => plan.mapPage(object, rights, false));
      address = addresses[0] ?? 0;
      names.forEach((object, index) => {
        const mapping = plan.mappingOf(addresses[index] ?? 0);
        frames.push(plan.addCap({ kind: "object", object, rights, cached: false, mapping }));
      });
    }
    draft.dataports[name] = { address, size: names.length * 2 ** sizeBits, ...access, frames };
  }
}

function connectInterrupts(
  connection: Connection,
  system: SystemDescription,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
  irqs: IrqBinding[],
): void {
  const { draft, name } = endOf(connection.to, drafts);
  const together = sharedNotificationOf(draft, name, shared);
  const notification = together?.notification ?? ownNotification(connection, draft, shared);
  const sources = connection.from.map((end) => {
    const [instance, interrupt] = splitEnd(end);
    const irq = system.components[instance]?.interrupts?.[interrupt];
    if (irq === undefined) throw new Error(`end "${end}" was not checked`);
    const object = `${connection.name}_${interrupt}`;
    const mask = 2 ** notification.bits++;
    shared.push({
      kind: "irq",
      name: object,
      slots: [{ slot: 0, cap: objectCap(notification.object, SpecRight.read, mask) }],
    });
    irqs.push({ irq, object });
    return { name: interrupt, irq, mask, handler: draft.plan.addCap({ kind: "object", object }) };
  });
  draft.interrupts[name] = {
    notification: notification.slot,
    sources,
    ...(together === undefined ? {} : { sharedBy: together.thread }),
  };
}

/** The notification of one interrupt interface. */
function ownNotification(
  { name }: Connection,
  { plan }: BirthDraft,
  shared: SpecObject[],
): SharedNotification {
  const object = `${name}_ntfn`;
  shared.push({ kind: "notification", name: object });
  return { object, slot: plan.addCap(objectCap(object, SpecRight.read)), bits: 0 };
}
