import type { Task } from "@cantrip/hosted";
import type { InterruptSource } from "./birth.ts";
import type { ComponentThread } from "./component.ts";

/** Handles an interrupt; returns whether it is to be acknowledged now. */
export type InterruptHandler = () => Task<boolean>;

/** Handles a server's signal. */
export type SignalHandler = () => Task<void>;

/** What a thread does that several interfaces share: handlers of sources, or of a server's signal, by the interface. */
export type SharedHandlers = Readonly<
  Record<string, SignalHandler | Readonly<Record<string, InterruptHandler>>>
>;

/**
 * Waits for the interrupts of an interface and handles them, for ever. A source without a handler is acknowledged.
 *
 * Corresponds to CantripOS's `shared_irq_loop!`, which acknowledges always.
 *
 * @param handlers - by name of the source
 * @throws RangeError when the component has no such interface, or shares its thread with others: {@link serveShared}
 */
export function* serveInterrupts(
  thread: ComponentThread,
  name: string,
  handlers: Readonly<Record<string, InterruptHandler>>,
): Task<never> {
  const end = thread.birth.interrupts[name];
  if (end === undefined)
    throw new RangeError(`${thread.birth.name} has no interrupt interface "${name}"`);
  refuseShared(thread, name, end.sharedBy);
  for (;;) {
    const badge = yield* thread.sel4.wait(end.notification);
    for (const source of end.sources) {
      if ((badge & source.mask) !== 0) yield* handle(thread, source, handlers[source.name]);
    }
  }
}

/**
 * Waits for the interrupts and the signals of all interfaces that the description gives to this thread (`sharedThreads`),
 * and handles them, for ever. What comes at once is handled in the order of the component's interfaces: interrupts, then
 * signals.
 *
 * @param handlers - by interface; those without are acknowledged, and signals dropped
 * @throws RangeError when the thread has none to share, and for a handler of an interface that is not among them
 */
export function* serveShared(thread: ComponentThread, handlers: SharedHandlers): Task<never> {
  const { birth, sel4 } = thread;
  const isOurs = ({ sharedBy }: { readonly sharedBy?: string }): boolean =>
    sharedBy === thread.name;
  const interrupts = Object.entries(birth.interrupts).filter(([, end]) => isOurs(end));
  const clients = Object.entries(birth.clients).filter(([, end]) => isOurs(end));
  const known = [...interrupts, ...clients].map(([name]) => name);
  const notification = interrupts[0]?.[1].notification ?? clients[0]?.[1].notification;
  if (notification === undefined)
    throw new RangeError(`${birth.name}.${thread.name} has no interfaces to share`);
  for (const name of Object.keys(handlers)) {
    if (!known.includes(name))
      throw new RangeError(
        `${birth.name}.${thread.name} does not wait for "${name}"; it does for ${known.join(", ")}`,
      );
  }
  for (;;) {
    const badge = yield* sel4.wait(notification);
    for (const [name, { sources }] of interrupts) {
      const own = handlers[name];
      for (const source of sources) {
        if ((badge & source.mask) === 0) continue;
        yield* handle(thread, source, typeof own === "object" ? own[source.name] : undefined);
      }
    }
    for (const [name, { notificationBadge = 0 }] of clients) {
      const handler = handlers[name];
      if ((badge & notificationBadge) !== 0 && typeof handler === "function") yield* handler();
    }
  }
}

function* handle(
  { sel4 }: ComponentThread,
  source: InterruptSource,
  handler: InterruptHandler | undefined,
): Task<void> {
  if (handler === undefined || (yield* handler())) yield* sel4.irqHandler.ack(source.handler);
}

function refuseShared(thread: ComponentThread, name: string, sharedBy: string | undefined): void {
  if (sharedBy !== undefined)
    throw new RangeError(
      `${thread.birth.name}.${name} shares the thread "${sharedBy}" with others: serveShared waits for all of them`,
    );
}
