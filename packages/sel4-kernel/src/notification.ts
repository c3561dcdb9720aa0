import { cancelIpc } from "./endpoint.ts";
import {
  type Notification,
  type NotificationCap,
  NotificationState,
  setWord,
  type Tcb,
  ThreadState,
} from "./objects.ts";
import { dequeueWaiter, enqueueWaiter } from "./queues.ts";
import { maybeDonate, maybeReturn, schedContextUnbindNotification } from "./sched-context.ts";
import {
  isSchedulable,
  possibleSwitchTo,
  rescheduleRequired,
  setThreadState,
} from "./scheduler.ts";
import { unblockSporadic } from "./refills.ts";
import type { KernelState } from "./state.ts";

export { schedContextUnbindNotification };

/** `a0`: the badge. */
const BADGE_REGISTER = 10;

function wake(
  kernel: KernelState,
  tcb: Tcb,
  notification: Notification,
  badge: number,
  badgeHigh: number,
): void {
  setThreadState(kernel, tcb, ThreadState.Running);
  setWord(tcb.context, BADGE_REGISTER, badge, badgeHigh);
  maybeDonate(kernel, tcb, notification);
  // A context that was never configured, or has to wait for its refill, lets nobody run.
  if (isSchedulable(tcb)) possibleSwitchTo(kernel, tcb);
  unblockSporadic(kernel, tcb.schedContext);
}

/** Signals the notification of a capability (`sendSignal`). */
export function sendSignal(
  kernel: KernelState,
  { object: notification, badge, badgeHigh }: NotificationCap,
): void {
  switch (notification.state) {
    case NotificationState.Idle: {
      const bound = notification.boundTcb;
      if (bound?.state === ThreadState.BlockedOnReceive) {
        cancelIpc(kernel, bound);
        wake(kernel, bound, notification, badge, badgeHigh);
      } else {
        notification.state = NotificationState.Active;
        notification.word = badge;
        notification.wordHigh = badgeHigh;
      }
      break;
    }
    case NotificationState.Waiting: {
      const tcb = notification.head;
      if (tcb === null) break;
      dequeueWaiter(notification, tcb);
      tcb.blockedOn = null;
      if (notification.head === null) notification.state = NotificationState.Idle;
      wake(kernel, tcb, notification, badge, badgeHigh);
      break;
    }
    case NotificationState.Active:
      notification.word = (notification.word | badge) >>> 0;
      notification.wordHigh = (notification.wordHigh | badgeHigh) >>> 0;
      break;
  }
}

/** Waits for a signal (`receiveSignal`). */
export function receiveSignal(
  kernel: KernelState,
  tcb: Tcb,
  notification: Notification,
  isBlocking: boolean,
): void {
  if (notification.state === NotificationState.Active) {
    setWord(tcb.context, BADGE_REGISTER, notification.word, notification.wordHigh);
    notification.word = 0;
    notification.wordHigh = 0;
    notification.state = NotificationState.Idle;
    maybeDonate(kernel, tcb, notification);
    unblockSporadic(kernel, tcb.schedContext);
    return;
  }
  if (!isBlocking) {
    setWord(tcb.context, BADGE_REGISTER, 0, 0);
    return;
  }
  tcb.blockedOn = notification;
  setThreadState(kernel, tcb, ThreadState.BlockedOnNotification);
  maybeReturn(kernel, notification, tcb);
  notification.state = NotificationState.Waiting;
  enqueueWaiter(notification, tcb);
}

/** A thread stops waiting for a signal (`cancelSignal`). */
export function cancelSignal(kernel: KernelState, tcb: Tcb, notification: Notification): void {
  dequeueWaiter(notification, tcb);
  tcb.blockedOn = null;
  if (notification.head === null) notification.state = NotificationState.Idle;
  setThreadState(kernel, tcb, ThreadState.Inactive);
}

/** Everyone who waits makes its system call again (`cancelAllSignals`). */
export function cancelAllSignals(kernel: KernelState, notification: Notification): void {
  if (notification.state !== NotificationState.Waiting) return;
  notification.state = NotificationState.Idle;
  for (let tcb = notification.head; tcb !== null; tcb = notification.head) {
    dequeueWaiter(notification, tcb);
    tcb.blockedOn = null;
    setThreadState(kernel, tcb, ThreadState.Restart);
    unblockSporadic(kernel, tcb.schedContext);
    possibleSwitchTo(kernel, tcb);
  }
  rescheduleRequired(kernel);
}

export function unbindNotification(tcb: Tcb): void {
  const { boundNotification } = tcb;
  if (boundNotification === null) return;
  boundNotification.boundTcb = null;
  tcb.boundNotification = null;
}

export function unbindMaybeNotification(notification: Notification): void {
  if (notification.boundTcb !== null) unbindNotification(notification.boundTcb);
}
