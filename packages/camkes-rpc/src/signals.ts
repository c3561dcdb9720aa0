import type { Task } from "@cantrip/hosted";
import type { ClientBirth } from "./birth.ts";
import type { ComponentThread } from "./component.ts";

/**
 * Signals a client of one of the component's `cantripRPCCallSignal` interfaces. Does not wait; signals that the client has
 * not taken yet are one. Corresponds to `<if>_emit(badge)`, which panics for an unknown badge; here that is nobody.
 *
 * @param badge - the client's, as its requests have it
 */
export function* emit(thread: ComponentThread, name: string, badge: number): Task<void> {
  const notification = thread.birth.servers[name]?.notifications[String(badge)];
  if (notification !== undefined) yield* thread.sel4.signal(notification);
}

/**
 * Waits until a server signals; returns the badge. All servers signal a component through one notification, so that it may
 * have been another one: {@link hasSignalled} tells.
 *
 * @throws RangeError when the interface has no notification, or shares a thread with others (`serveShared`)
 */
export function* waitNotification(thread: ComponentThread, name: string): Task<number> {
  return yield* thread.sel4.wait(notificationOf(thread, name));
}

/** The badge of signals that are there already; 0 when there are none. Otherwise as {@link waitNotification}. */
export function* pollNotification(thread: ComponentThread, name: string): Task<number> {
  return yield* thread.sel4.nbWait(notificationOf(thread, name));
}

/** Whether the server of an interface is among those that signalled. */
export function hasSignalled(thread: ComponentThread, name: string, badge: number): boolean {
  const { notificationBadge = 0 } = clientOf(thread, name);
  // Bit 0 is that of all servers in CantripOS's templates.
  return (badge & notificationBadge & ~1) !== 0;
}

function clientOf(thread: ComponentThread, name: string): ClientBirth {
  const client = thread.birth.clients[name];
  if (client?.notification === undefined)
    throw new RangeError(`${thread.birth.name}.${name} has no notification`);
  return client;
}

function notificationOf(thread: ComponentThread, name: string): number {
  const { notification = 0, sharedBy } = clientOf(thread, name);
  if (sharedBy !== undefined)
    throw new RangeError(
      `${thread.birth.name}.${name} shares the thread "${sharedBy}" with others: serveShared waits for all of them`,
    );
  return notification;
}
