import { struct, u32 } from "@cantrip/postcard";
import { defineInterface } from "../define-interface.ts";

/** `MailboxError` */
export const MailboxError = {
  Success: 0,
  SerializeFailed: 1,
  DeserializeFailed: 2,
  UnknownError: 3,
  SendFailed: 4,
  RecvFailed: 5,
} as const;
export type MailboxError = (typeof MailboxError)[keyof typeof MailboxError];

/** `paddr`: physical address of a page; `size`: bytes of the message in it. */
const message = struct({ paddr: u32, size: u32 });

/** `MailboxRequest`: sends a page to the security core, and waits for one that it sends. */
export const mailboxInterface = defineInterface({
  name: "mailbox",
  transport: "basic",
  requestSize: 24,
  requests: { Send: { payload: message }, Recv: { reply: message } },
  errors: MailboxError,
  serializeFailed: MailboxError.SerializeFailed,
  deserializeFailed: MailboxError.DeserializeFailed,
  unknownError: MailboxError.UnknownError,
});
