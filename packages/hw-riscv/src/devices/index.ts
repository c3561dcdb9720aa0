export { Clint } from "./clint.ts";
export { FlashMemory } from "./flash-memory.ts";
export { Mailbox, type MailboxPeer, type MailboxPort } from "./mailbox.ts";
export { Ns16550 } from "./ns16550.ts";
export { OpenTitanUart, type OpenTitanUartOptions } from "./opentitan-uart.ts";
export { Plic, type PlicOptions } from "./plic.ts";
export { RvTimer } from "./rv-timer.ts";
export { TestFinisher } from "./test-finisher.ts";
