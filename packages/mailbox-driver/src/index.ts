export { MAX_OUTSTANDING, Mailbox, type MailboxMessage } from "./mailbox.ts";
