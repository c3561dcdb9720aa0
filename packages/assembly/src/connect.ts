import { type IrqBinding, type SpecCap, type SpecObject, SpecRight } from "@cantrip/capdl";
import type { BirthDraft } from "./birth-draft.ts";
import { splitEnd } from "./split-end.ts";
import { PAGE_BYTES, READ_WRITE_DATA, READ_WRITE_EXECUTE } from "./component-plan.ts";
import type { Connection, SystemDescription } from "./description.ts";

const MEGA_BITS = 22;
const MEGA_BYTES = 2 ** MEGA_BITS;
const CALL_RIGHTS = SpecRight.write | SpecRight.grant | SpecRight.grantReply;

/** An end of a connection at a software component. */
interface End {
  readonly draft: BirthDraft;
  readonly name: string;
}

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

function endOf(end: string, drafts: ReadonlyMap<string, BirthDraft>): End {
  const [instance, name] = splitEnd(end);
  const draft = drafts.get(instance);
  if (draft === undefined) throw new Error(`end "${end}" was not checked`);
  return { draft, name };
}

function objectCap(object: string, rights: number, badge?: number): SpecCap {
  return { kind: "object", object, rights, ...(badge === undefined ? {} : { badge }) };
}

function connectRpc(
  connection: Connection,
  system: SystemDescription,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
  flavour: { readonly sharesPage: boolean; readonly signals: boolean },
): void {
  const server = endOf(connection.to, drafts);
  const endpoint = `${connection.name}_ep`;
  const reply = `${connection.name}_reply_cap_slot`;
  shared.push({ kind: "ep", name: endpoint }, { kind: "rtreply", name: reply });
  const sharedPages: Record<string, number> = {};
  const notifications: Record<string, number> = {};
  connection.from.forEach((end, index) => {
    const badge = index + 1;
    const client = endOf(end, drafts);
    const { plan } = client.draft;
    const page = flavour.sharesPage ? `${connection.name}_${badge}_data_0_obj` : undefined;
    if (page !== undefined) {
      shared.push({ kind: "frame", name: page, sizeBits: 12, fill: [] });
      sharedPages[String(badge)] = server.draft.plan.mapPage(page, READ_WRITE_EXECUTE);
    }
    const slot = plan.addCap(objectCap(endpoint, CALL_RIGHTS, badge));
    let notification: number | undefined;
    if (flavour.signals) {
      const own = addNotification(client.draft, system, shared);
      notification = own.slot;
      notifications[String(badge)] = server.draft.plan.addCap(
        objectCap(own.object, SpecRight.write, own.badge),
      );
    }
    client.draft.clients[client.name] = {
      endpoint: slot,
      ...(page === undefined ? {} : { sharedPage: plan.mapPage(page, READ_WRITE_EXECUTE) }),
      ...(notification === undefined ? {} : { notification }),
    };
  });
  server.draft.servers[server.name] = {
    endpoint: server.draft.plan.addCap(objectCap(endpoint, SpecRight.read)),
    reply: server.draft.plan.addCap(objectCap(reply, SpecRight.write | SpecRight.grant)),
    sharedPages,
    notifications,
  };
}

/**
 * The notification through which servers signal this client: one per client instance, with a capability for each of its
 * connections. Badges have bit 0 set, and a bit for the connection.
 */
function addNotification(
  client: BirthDraft,
  system: SystemDescription,
  shared: SpecObject[],
): { readonly object: string; readonly slot: number; readonly badge: number } {
  if (client.notification === undefined) {
    const { name } = client.plan;
    const object = `${firstSignal(name, system)}_${name}_global_endpoint`;
    shared.push({ kind: "notification", name: object });
    client.notification = { object, connections: 0 };
  }
  const { object } = client.notification;
  const slot = client.plan.addCap(objectCap(object, SpecRight.read | SpecRight.write));
  return { object, slot, badge: 1 | (2 << client.notification.connections++) };
}

/**
 * The connection after which the notification of a client is called: the first that CAmkES comes across when it renders components
 * in the order of their declaration, servers and clients alike.
 */
function firstSignal(client: string, { components, connections }: SystemDescription): string {
  const signals = connections.filter(
    ({ connector, from }) =>
      connector === "cantripRPCCallSignal" && from.some((end) => splitEnd(end)[0] === client),
  );
  for (const name of Object.keys(components)) {
    const found = signals.find(({ to }) => name === client || splitEnd(to)[0] === name);
    if (found !== undefined) return found.name;
  }
  throw new Error(`component "${client}" was not checked`);
}

function connectSharedData(
  connection: Connection,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
): void {
  const object = `${connection.name}_0_obj`;
  shared.push({ kind: "frame", name: object, sizeBits: 12, fill: [] });
  for (const end of [...connection.from, connection.to]) {
    const { draft, name } = endOf(end, drafts);
    const address = draft.plan.mapPage(object, READ_WRITE_EXECUTE);
    draft.dataports[name] = { address, size: PAGE_BYTES, frames: [] };
  }
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
    const frames: number[] = [];
    let address: number;
    if (isMega) {
      const mapped = plan.mapMegaPages(names, READ_WRITE_DATA);
      address = mapped.address;
      names.forEach((object, index) => {
        const mapping = { container: plan.vspace, slot: mapped.slots[index] ?? 0 };
        frames.push(
          plan.addCap({ kind: "object", object, rights: READ_WRITE_DATA, cached: false, mapping }),
        );
      });
    } else {
      const addresses = names.map((object) => plan.mapPage(object, READ_WRITE_DATA, false));
      address = addresses[0] ?? 0;
      names.forEach((object, index) => {
        const mapping = plan.mappingOf(addresses[index] ?? 0);
        frames.push(
          plan.addCap({ kind: "object", object, rights: READ_WRITE_DATA, cached: false, mapping }),
        );
      });
    }
    draft.dataports[name] = { address, size: names.length * 2 ** sizeBits, frames };
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
  const notification = `${connection.name}_ntfn`;
  shared.push({ kind: "notification", name: notification });
  const slot = draft.plan.addCap(objectCap(notification, SpecRight.read));
  const sources = connection.from.map((end, index) => {
    const [instance, interrupt] = splitEnd(end);
    const irq = system.components[instance]?.interrupts?.[interrupt];
    if (irq === undefined) throw new Error(`end "${end}" was not checked`);
    const object = `${connection.name}_${interrupt}`;
    const mask = 2 ** index;
    shared.push({
      kind: "irq",
      name: object,
      slots: [{ slot: 0, cap: objectCap(notification, SpecRight.read, mask) }],
    });
    irqs.push({ irq, object });
    return { name: interrupt, irq, mask, handler: draft.plan.addCap({ kind: "object", object }) };
  });
  draft.interrupts[name] = { notification: slot, sources };
}
