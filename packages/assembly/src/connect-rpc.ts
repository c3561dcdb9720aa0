import type { CallerBirth, ClientBirth } from "@cantrip/camkes-rpc";
import { type SpecObject, SpecRight } from "@cantrip/capdl";
import type { BirthDraft, ServerDraft } from "./birth-draft.ts";
import { READ_WRITE_EXECUTE } from "./component-plan.ts";
import { type ConnectionEndAt, endOf, objectCap } from "./connection-end.ts";
import type { Connection, SystemDescription } from "./description.ts";
import { addOwnNotification } from "./own-objects.ts";
import { sharedNotificationOf } from "./shared-notification.ts";
import { splitEnd } from "./split-end.ts";

const CALL_RIGHTS = SpecRight.write | SpecRight.grant | SpecRight.grantReply;

/** What an RPC connection has besides an endpoint and a reply object. */
export interface RpcFlavour {
  readonly sharesPage: boolean;
  readonly signals: boolean;
}

/**
 * Adds what CantripOS's templates do: for each client an endpoint capability with the next badge, a page, a notification.
 * It is what the client's first calling thread has; {@link connectMoreThreads} adds what the others do.
 */
export function connectRpc(
  connection: Connection,
  system: SystemDescription,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
  flavour: RpcFlavour,
): void {
  const server = endOf(connection.to, drafts);
  const endpoint = endpointOf(connection);
  const reply = `${connection.name}_reply_cap_slot`;
  shared.push({ kind: "ep", name: endpoint }, { kind: "rtreply", name: reply });
  const end: ServerDraft = {
    ...{ endpoint: 0, reply: 0, sharedPages: {}, notifications: {}, clients: {}, privileges: {} },
  };
  server.draft.servers[server.name] = end;
  connection.from.forEach((from, index) => {
    const badge = index + 1;
    const client = endOf(from, drafts);
    const { plan } = client.draft;
    end.clients[String(badge)] = { name: plan.name, badge };
    const allowed = system.components[plan.name]?.privileges?.[client.name];
    if (allowed !== undefined) end.privileges[String(badge)] = allowed;
    const page = flavour.sharesPage ? addPage(connection, server, badge, shared) : undefined;
    const slot = plan.addCap(objectCap(endpoint, CALL_RIGHTS, badge));
    let signal: Pick<ClientBirth, "notification" | "notificationBadge" | "sharedBy"> = {};
    if (flavour.signals) {
      const own = addNotification(client, system, shared);
      signal = { notification: own.slot, notificationBadge: own.badge, ...own.sharing };
      end.notifications[String(badge)] = server.draft.plan.addCap(
        objectCap(own.object, SpecRight.write, own.badge),
      );
    }
    const caller: CallerBirth = {
      endpoint: slot,
      ...(page === undefined ? {} : { sharedPage: plan.mapPage(page, READ_WRITE_EXECUTE) }),
    };
    client.draft.clients[client.name] = {
      ...caller,
      ...firstCallers(connection, client, caller),
      ...signal,
    };
  });
  end.endpoint = server.draft.plan.addCap(objectCap(endpoint, SpecRight.read));
  end.reply = server.draft.plan.addCap(objectCap(reply, SpecRight.write | SpecRight.grant));
}

/**
 * Gives the other threads of clients that call over shared pages a badge and a page each, or a mutex for the page that
 * they share. Badges come behind those of all clients.
 */
export function connectMoreThreads(
  connection: Connection,
  drafts: ReadonlyMap<string, BirthDraft>,
  shared: SpecObject[],
): void {
  if (connection.connector !== "cantripRPCOverMultiSharedData") return;
  const server = endOf(connection.to, drafts);
  const clients = server.draft.servers[server.name]?.clients ?? {};
  let badge = connection.from.length;
  connection.from.forEach((from, index) => {
    const client = endOf(from, drafts);
    const { draft, name } = client;
    const birth = draft.clients[name];
    if (birth === undefined) throw new Error(`end "${from}" was not checked`);
    const others = callersOf(client).slice(1);
    if (others.length === 0) return;
    if (connection.buffers === "component") {
      const mutex = `${connection.name}_${draft.plan.name}_page_mutex`;
      draft.clients[name] = { ...birth, pageMutex: addOwnNotification(draft.plan, mutex) };
      return;
    }
    const callers: Record<string, CallerBirth> = { ...birth.callers };
    for (const thread of others) {
      const page = addPage(connection, server, ++badge, shared);
      clients[String(badge)] = { name: draft.plan.name, badge: index + 1 };
      callers[thread] = {
        endpoint: draft.plan.addCap(objectCap(endpointOf(connection), CALL_RIGHTS, badge)),
        sharedPage: draft.plan.mapPage(page, READ_WRITE_EXECUTE),
      };
    }
    draft.clients[name] = { ...birth, callers };
  });
}

function endpointOf({ name }: Connection): string {
  return `${name}_ep`;
}

/** The threads that call a service, the first one first. */
function callersOf({ draft: { plan }, name }: ConnectionEndAt): readonly string[] {
  return plan.type.callers?.[name] ?? plan.threads.map((thread) => thread.name);
}

/** Who may call with what the client has; nothing where that is of no matter. */
function firstCallers(
  { connector, buffers }: Connection,
  client: ConnectionEndAt,
  caller: CallerBirth,
): Pick<ClientBirth, "callers"> {
  const names = callersOf(client);
  const isShared = connector === "cantripRPCOverMultiSharedData";
  if (!isShared && client.draft.plan.type.callers?.[client.name] === undefined) return {};
  const who = isShared && buffers !== "component" ? names.slice(0, 1) : names;
  return { callers: Object.fromEntries(who.map((name) => [name, caller])) };
}

/** A page between the server and a thread of a client; it is in the server's address space then. Returns its name. */
function addPage(
  connection: Connection,
  server: ConnectionEndAt,
  badge: number,
  shared: SpecObject[],
): string {
  const page = `${connection.name}_${badge}_data_0_obj`;
  shared.push({ kind: "frame", name: page, sizeBits: 12, fill: [] });
  const end = server.draft.servers[server.name];
  if (end === undefined) throw new Error(`connection "${connection.name}" was not begun`);
  end.sharedPages[String(badge)] = server.draft.plan.mapPage(page, READ_WRITE_EXECUTE);
  return page;
}

/**
 * The notification through which servers signal this client: one per client instance, with a capability for each of its
 * connections. Badges have bit 0 set, and a bit for the connection. An end that shares a thread has that one's, with a bit
 * of its own.
 */
function addNotification(
  { draft: client, name: end }: ConnectionEndAt,
  system: SystemDescription,
  shared: SpecObject[],
): {
  readonly object: string;
  readonly slot: number;
  readonly badge: number;
  readonly sharing?: { readonly sharedBy: string };
} {
  const together = sharedNotificationOf(client, end, shared);
  if (together !== undefined) {
    const { notification, thread } = together;
    const { object, slot } = notification;
    return { object, slot, badge: 2 ** notification.bits++, sharing: { sharedBy: thread } };
  }
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
