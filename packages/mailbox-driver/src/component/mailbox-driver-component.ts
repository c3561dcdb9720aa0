import {
  type ComponentDefinition,
  type ComponentRuntime,
  type ComponentThread,
  RpcFailure,
  serve,
  serveInterrupts,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { MailboxInterrupt } from "@cantrip/hw-riscv/registers";
import { MailboxError, mailboxInterface } from "@cantrip/interfaces/mailbox";
import { Logger } from "@cantrip/logger";
import { Mailbox } from "../mailbox.ts";

const TARGET = "cantrip_mailbox_driver";

/** What the driver's threads share. */
export interface MailboxDriverState {
  readonly mailbox: Mailbox;
}

/** `wtirq` and `eirq`: neither is part of a message's way; both say that something is wrong. */
function* serveTrouble(thread: ComponentThread, { mailbox }: MailboxDriverState): Task<void> {
  const logger = new Logger(thread);
  yield* serveInterrupts(thread, "irq", {
    *wtirq() {
      mailbox.clearInterrupt(thread.context, MailboxInterrupt.WTIRQ);
      return true;
    },
    *eirq() {
      const errors = mailbox.takeErrors(thread.context);
      mailbox.clearInterrupt(thread.context, MailboxInterrupt.EIRQ);
      yield* logger.error(TARGET, `mailbox error ${errors}`);
      return true;
    },
  });
}

function* serveReceive(thread: ComponentThread, { mailbox }: MailboxDriverState): Task<void> {
  const arrived = thread.runtime.semaphore("rx_semaphore");
  yield* serveInterrupts(thread, "rtirq", {
    *rtirq() {
      // Drained before and after: a word that comes in between has either left its mark or is taken here.
      let completed = mailbox.drain(thread.context);
      mailbox.clearInterrupt(thread.context, MailboxInterrupt.RTIRQ);
      completed += mailbox.drain(thread.context);
      for (; completed > 0; completed--) yield* arrived.post(thread.sel4);
      return true;
    },
  });
}

function* serveApi(thread: ComponentThread, { mailbox }: MailboxDriverState): Task<void> {
  const arrived = thread.runtime.semaphore("rx_semaphore");
  yield* serve(thread, "api", mailboxInterface, {
    *Send({ paddr, size }) {
      if (!mailbox.send(thread.context, { paddr, sizeBytes: size }))
        throw new RpcFailure(MailboxError.SendFailed);
      return undefined;
    },
    *Recv() {
      // Nothing will come that was not asked for; waiting would keep every other request out for ever.
      if (mailbox.outstanding === 0 && !mailbox.hasMessage)
        throw new RpcFailure(MailboxError.RecvFailed);
      yield* arrived.wait(thread.sel4);
      const message = mailbox.next();
      if (message === undefined) throw new RpcFailure(MailboxError.RecvFailed);
      return { paddr: message.paddr, size: message.sizeBytes };
    },
  });
}

/** `MailboxDriver`: messages to the security core behind the interface `api`. */
export const mailboxDriverComponent: ComponentDefinition<MailboxDriverState> = {
  name: "MailboxDriver",
  create(runtime: ComponentRuntime) {
    const base = runtime.birth.dataports["mailbox_mmio"]?.address;
    if (base === undefined)
      throw new RangeError(`${runtime.birth.name} has no dataport "mailbox_mmio"`);
    return { mailbox: new Mailbox(base) };
  },
  threads: {
    control: {
      *preInit(thread, { mailbox }) {
        mailbox.setUp(thread.context);
      },
      run: serveTrouble,
    },
    rtirq: { run: serveReceive },
    api: { run: serveApi },
  },
};
