import type { Task } from "@cantrip/hosted";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { type Loader, objectCapAt } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Gets the handler of every interrupt. */
export function* createIrqCaps(loader: Loader): Task<void> {
  for (const irq of loader.irqs) {
    const object = loader.object(irq.id);
    loader.subject = object.name;
    if (object.kind !== "irq") throw new RootserverError("an interrupt is bound to it");
    const slot = loader.allocSlot();
    yield* loader.sel4.irqControl.get(InitialCap.IrqControl, irq.irq, loader.path(slot));
    irq.slot = slot;
  }
}

/** Lets every interrupt signal its notification, with all rights and the badge of the specification. */
export function* bindIrqs(loader: Loader): Task<void> {
  const { sel4 } = loader;
  for (const { id, slot } of loader.irqs) {
    const object = loader.object(id);
    if (object.kind !== "irq") continue;
    loader.subject = object.name;
    const cap = objectCapAt(object.slots, 0);
    if (cap === undefined) continue;
    let notification = loader.origOf(cap.object);
    const badge = cap.badge ?? 0;
    if (badge !== 0) {
      const minted = loader.allocSlot();
      const source = loader.path(notification);
      yield* sel4.cnode.mint(loader.path(minted), source, CapRights.All, badge);
      loader.recordDup(loader.idOf(cap.object), minted);
      notification = minted;
    }
    yield* sel4.irqHandler.setNotification(slot, notification);
  }
}
