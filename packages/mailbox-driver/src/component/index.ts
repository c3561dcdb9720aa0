export { mailboxDriverComponent, type MailboxDriverState } from "./mailbox-driver-component.ts";
