import type { Task } from "@cantrip/hosted";
import type { ComponentThread } from "./component.ts";

/** Handles an interrupt; returns whether it is to be acknowledged now. */
export type InterruptHandler = () => Task<boolean>;

/**
 * Waits for the interrupts of an interface and handles them, for ever.
 *
 * @param handlers - by name of the source
 */
export function* serveInterrupts(
  thread: ComponentThread,
  name: string,
  handlers: Readonly<Record<string, InterruptHandler>>,
): Task<never> {
  const end = thread.birth.interrupts[name];
  if (end === undefined)
    throw new RangeError(`${thread.birth.name} has no interrupt interface "${name}"`);
  const { sel4 } = thread;
  for (;;) {
    const badge = yield* sel4.wait(end.notification);
    for (const source of end.sources) {
      if ((badge & source.mask) === 0) continue;
      const handler = handlers[source.name];
      if (handler === undefined || (yield* handler())) yield* sel4.irqHandler.ack(source.handler);
    }
  }
}

/** Signals a client of one of the component's `cantripRPCCallSignal` interfaces, by the badge of its endpoint. */
export function* emit(thread: ComponentThread, name: string, badge: number): Task<void> {
  const notification = thread.birth.servers[name]?.notifications[String(badge)];
  if (notification !== undefined) yield* thread.sel4.signal(notification);
}

/** Waits until the server of an interface signals; returns the badge. */
export function* waitNotification(thread: ComponentThread, name: string): Task<number> {
  const notification = thread.birth.clients[name]?.notification;
  if (notification === undefined)
    throw new RangeError(`${thread.birth.name}.${name} has no notification`);
  return yield* thread.sel4.wait(notification);
}
