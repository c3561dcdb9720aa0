import {
  type Cap,
  CapType,
  type Endpoint,
  type KernelObject,
  type Notification,
  Right,
  type Slot,
  type Tcb,
  TcbSlot,
  ThreadState,
} from "../objects.ts";
import {
  type InvariantView,
  type KernelInvariant,
  nameOfObject,
  nameOfSlot,
  objectOf,
  type Report,
} from "./view.ts";

/** Bits of a capability pointer. */

/** Capabilities and the objects they stand for. */
export const objectInvariants: readonly KernelInvariant[] = [
  {
    name: "valid_objs",
    with: ["valid_cap", "valid_tcb", "tcb_cap_cases", "valid_fault_handler", "valid_tcb_state"],
    states:
      "a capability stands for an object of its type; a TCB's slots hold a mapped page table, a buffer that is no device, endpoints with the rights of handlers; what a thread waits for exists",
    here: "guards fit into a word; zombies count no more slots than there are; as CSpace root another capability than a CNode's, or what is left of one, is there only while the TCB is being deleted",
    check: checkObjects,
  },
  {
    name: "if_live_then_nonz_cap",
    with: [],
    states: "what is queued, bound or running has a capability",
    here: "every object has one: it is forgotten with the last",
    check: ({ objects, slots }, report) => {
      const named = new Set<KernelObject | undefined>(slots.map(({ cap }) => objectOf(cap)));
      for (const object of objects)
        if (!named.has(object)) report(`no capability stands for ${nameOfObject(object)}`);
    },
  },
  {
    name: "if_unsafe_then_cap",
    with: ["ex_cte_cap_wp_to"],
    states: "a slot with a capability can be reached through a capability",
    here: "slots that a zombie no longer counts are empty",
    check: ({ slots }, report) => {
      for (const { cap } of slots) {
        if (cap.type !== CapType.Zombie) continue;
        for (const slot of cap.object.slots.slice(cap.count))
          if (slot.cap.type !== CapType.Null) report(`${nameOfSlot(slot)} was emptied before`);
      }
    },
  },
  {
    name: "zombies_final",
    with: ["distinct_zombies"],
    states: "the capability of a half-deleted CNode or thread is the last one",
    here: "",
    check: ({ slots, dying }, report) => {
      if (dying.size === 0) return;
      const zombies = new Set<KernelObject>();
      for (const slot of slots) {
        const object = objectOf(slot.cap);
        if (object === undefined || !dying.has(object)) continue;
        if (slot.cap.type !== CapType.Zombie || zombies.has(object))
          report(`${nameOfSlot(slot)} stands for ${nameOfObject(object)}, which is being deleted`);
        zombies.add(object);
      }
    },
  },
  {
    name: "fault_tcbs_valid_states",
    with: [],
    states: "a thread with a pending fault sends it, waits for its answer or is stopped",
    here: "",
    check: ({ threads }, report) => {
      for (const { fault, state, name } of threads)
        if (
          fault !== null &&
          state !== ThreadState.BlockedOnSend &&
          state !== ThreadState.BlockedOnReply &&
          state !== ThreadState.Inactive
        )
          report(`${name} has a fault in state ${state}`);
    },
  },
  {
    name: "sym_refs",
    with: ["state_refs_of"],
    states: "objects that name each other do so in both directions",
    here: "threads, scheduling contexts, notifications, reply objects; members of queues name their queue",
    check: checkReferences,
  },
  {
    name: "valid_irq_node",
    with: [],
    states: "each interrupt has a slot of its own",
    here: "it holds a notification's capability with the right to signal, or nothing",
    check: ({ kernel }, report) => {
      for (const { cap, index } of kernel.irqSlots) {
        if (cap.type === CapType.Null) continue;
        if (cap.type !== CapType.Notification || (cap.rights & Right.Write) === 0)
          report(`interrupt ${index} has a capability of type ${cap.type}`);
      }
    },
  },
  {
    name: "valid_irq_handlers",
    with: ["irq_issued"],
    states: "an interrupt with a handler's capability is in use",
    here: "and the other way round: the last capability's end frees it",
    check: checkHandlers,
  },
  {
    name: "valid_global_refs",
    with: ["valid_refs", "global_refs"],
    states: "no capability stands for what is the kernel's own",
    here: "the idle thread, its scheduling context, the global page table",
    check: ({ kernel, slots, frames, tables }, report) => {
      const { idle, globalRoot } = kernel;
      for (const slot of slots) {
        const object = objectOf(slot.cap);
        if (object !== undefined && (object === idle || object === idle.schedContext))
          report(`${nameOfSlot(slot)} stands for the idle thread`);
      }
      for (const { slot, cap } of [...frames, ...tables])
        if (cap.paddr === globalRoot) report(`${nameOfSlot(slot)}: the global page table`);
    },
  },
];

function checkObjects(view: InvariantView, report: Report): void {
  const { kernel, slots, threads } = view;
  for (const slot of slots) {
    const { cap } = slot;
    const object = objectOf(cap);
    if (object !== undefined && kernel.objectsByPaddr.get(object.paddr) !== object)
      report(`${nameOfSlot(slot)} stands for ${nameOfObject(object)}, which is gone`);
    if (cap.type === CapType.CNode && cap.guardSize + cap.object.radix > kernel.config.wordBits)
      report(`${nameOfSlot(slot)}: guard of ${cap.guardSize} bits`);
    if (cap.type === CapType.Zombie && cap.count > cap.object.slots.length)
      report(`${nameOfSlot(slot)}: a zombie of ${cap.count} slots`);
    if (slot.owner?.kind === "tcb" && !isForTcb(view, slot.owner, slot, cap))
      report(`${nameOfSlot(slot)} cannot be in a TCB there`);
  }
  for (const tcb of threads) {
    if (tcb.priority >= kernel.config.settings.numPriorities) report(`${tcb.name}: its priority`);
    const { blockedOn, schedContext, boundNotification, reply } = tcb;
    for (const object of [blockedOn, schedContext, boundNotification, reply])
      if (object !== null && kernel.objectsByPaddr.get(object.paddr) !== object)
        report(`${tcb.name} refers to ${nameOfObject(object)}, which is gone`);
    if (isQueued(tcb) !== (blockedOn !== null))
      report(`${tcb.name}: state ${tcb.state} does not fit what it waits for`);
    if (tcb.state === ThreadState.BlockedOnReply && reply === null)
      report(`${tcb.name} waits for an answer from nobody`);
  }
}

export function isQueued({ state }: Tcb): boolean {
  return (
    state === ThreadState.BlockedOnReceive ||
    state === ThreadState.BlockedOnSend ||
    state === ThreadState.BlockedOnNotification
  );
}

function isForTcb({ dying }: InvariantView, tcb: Tcb, { index }: Slot, cap: Cap): boolean {
  switch (index) {
    case TcbSlot.CTable:
      // A revoked root leaves a zombie for a while; one that goes with its thread, what its first slot held.
      return cap.type === CapType.CNode || cap.type === CapType.Zombie || dying.has(tcb);
    case TcbSlot.VTable:
      // Not only a root: a thread with a table of the next level has no address space.
      return cap.type === CapType.PageTable && cap.isMapped;
    case TcbSlot.Buffer:
      return cap.type === CapType.Frame && !cap.isDevice;
    default:
      return (
        cap.type === CapType.Endpoint &&
        (cap.rights & Right.Write) !== 0 &&
        (cap.rights & (Right.Grant | Right.GrantReply)) !== 0
      );
  }
}

function checkReferences({ objects }: InvariantView, report: Report): void {
  const check = (isBack: boolean, object: KernelObject, to: string): void => {
    if (!isBack) report(`${nameOfObject(object)} is not its ${to}'s`);
  };
  const queues = new Map<Tcb, Endpoint | Notification>();
  for (const object of objects) {
    if (object.kind !== "endpoint" && object.kind !== "notification") continue;
    for (let tcb = object.head; tcb !== null && !queues.has(tcb); tcb = tcb.queueNext) {
      queues.set(tcb, object);
      check(tcb.blockedOn === object, object, `waiter ${tcb.name}`);
    }
  }
  for (const object of objects) {
    switch (object.kind) {
      case "tcb": {
        const { schedContext, boundNotification, yieldTo, reply, blockedOn } = object;
        check(schedContext === null || schedContext.tcb === object, object, "scheduling context");
        check(
          boundNotification === null || boundNotification.boundTcb === object,
          object,
          "notification",
        );
        check(yieldTo === null || yieldTo.yieldFrom === object, object, "context to yield to");
        check(reply === null || reply.tcb === object, object, "reply object");
        check(blockedOn === null || queues.get(object) === blockedOn, object, "queue");
        break;
      }
      case "schedContext": {
        const { tcb, notification, yieldFrom, reply } = object;
        check(tcb === null || tcb.schedContext === object, object, "thread");
        check(
          notification === null || notification.schedContext === object,
          object,
          "notification",
        );
        check(yieldFrom === null || yieldFrom.yieldTo === object, object, "yielder");
        check(reply === null || reply.next === object, object, "reply object");
        break;
      }
      case "notification": {
        const { boundTcb, schedContext } = object;
        check(boundTcb === null || boundTcb.boundNotification === object, object, "thread");
        check(
          schedContext === null || schedContext.notification === object,
          object,
          "scheduling context",
        );
        break;
      }
      case "reply": {
        const { tcb, next, prev } = object;
        check(tcb === null || tcb.reply === object, object, "thread");
        check(
          next === null || (next.kind === "reply" ? next.prev : next.reply) === object,
          object,
          "newer reply or context",
        );
        check(prev === null || prev.next === object, object, "older reply");
        break;
      }
      default:
        break;
    }
  }
}

function checkHandlers({ kernel, slots }: InvariantView, report: Report): void {
  const handled = new Set<number>();
  for (const { cap } of slots) if (cap.type === CapType.IrqHandler) handled.add(cap.irq);
  kernel.irqActive.forEach((isActive, irq) => {
    // The last one is the kernel's timer.
    if (irq === kernel.platform.maxIrq && isActive) return;
    if (isActive !== handled.has(irq))
      report(`interrupt ${irq}: in use ${String(isActive)}, handled ${String(handled.has(irq))}`);
  });
}
