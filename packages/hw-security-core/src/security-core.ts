import type { DeviceClock, DeviceDescription, DeviceMemory } from "@cantrip/hw-riscv";
import { Mailbox, type MailboxPeer, type MailboxPort } from "@cantrip/hw-riscv/devices";
import { MAILBOX_FIFO_DEPTH } from "@cantrip/hw-riscv/registers";
import { LENT_PAGE_BYTES, LONG_MESSAGE, MESSAGE_WORDS } from "@cantrip/interfaces/security-core";
import { RequestServer } from "./answer-request.ts";
import { FileStore, type FileStoreOptions } from "./file-store.ts";

/** Where the mailbox is on sparrow. */
const MAILBOX = { base: 0x540f1000, size: 0x1000, interrupts: [10, 11, 12] } as const;
/** What a request takes unless said otherwise. */
const DEFAULT_MICROSECONDS = 100;
const MICROSECONDS_PER_SECOND = 1_000_000;

/** What the security core is made of. */
export interface SecurityCoreOptions extends FileStoreOptions {
  /** Virtual time from a message to its answer, microseconds; 100 when absent. */
  readonly answerMicroseconds?: number;
  /**
   * Words that the core's boot ROM has left in the mailbox for the first program of the other core, at most 8. CantripOS's
   * kernel asks there where its initial task is.
   */
  readonly bootMessage?: readonly number[];
  /** The core is held in reset: nobody is at the other end of the mailbox. */
  readonly isHeldInReset?: boolean;
}

/**
 * The security core and the mailbox in front of it, as a device of the machine.
 *
 * On the chip it is an OpenTitan core with an operating system of its own. Here its programs are modelled: it takes one
 * message at a time, reads the lent page in RAM, answers in it and sends the message back with the answer's length.
 *
 * @throws RangeError when the boot message does not fit into the mailbox
 */
export function securityCore(options: SecurityCoreOptions = {}): DeviceDescription {
  const { bootMessage = [] } = options;
  if (bootMessage.length > MAILBOX_FIFO_DEPTH)
    throw new RangeError(`boot message of ${bootMessage.length} words: ${MAILBOX_FIFO_DEPTH} fit`);
  return {
    name: "mailbox",
    ...MAILBOX,
    create({ clock, memory, interrupts, contents }) {
      if (options.isHeldInReset === true) return new Mailbox(interrupts);
      const flash = contents ?? options.flash;
      const store = new FileStore({ ...options, ...(flash === undefined ? {} : { flash }) });
      const delay = options.answerMicroseconds ?? DEFAULT_MICROSECONDS;
      const delayCycles = Math.ceil((delay * clock.cyclesPerSecond) / MICROSECONDS_PER_SECOND);
      const server = new RequestServer(store);
      const parts = { clock, memory, server, delayCycles, bootMessage };
      return new Mailbox(interrupts, (port) => new SecurityCore(port, parts));
    },
  };
}

/** A message as its two words say it. */
interface Message {
  readonly paddr: number;
  readonly sizeBytes: number;
  readonly isLong: boolean;
}

class SecurityCore implements MailboxPeer {
  readonly #port: MailboxPort;
  readonly #clock: DeviceClock;
  readonly #memory: DeviceMemory;
  readonly #server: RequestServer;
  readonly #delayCycles: number;
  /** A message is being worked on, or its answer waits for room. */
  #isBusy = false;
  #answer: readonly number[] | undefined;

  constructor(
    port: MailboxPort,
    parts: {
      readonly clock: DeviceClock;
      readonly memory: DeviceMemory;
      readonly server: RequestServer;
      readonly delayCycles: number;
      readonly bootMessage: readonly number[];
    },
  ) {
    this.#port = port;
    this.#clock = parts.clock;
    this.#memory = parts.memory;
    this.#server = parts.server;
    this.#delayCycles = parts.delayCycles;
    for (const word of parts.bootMessage) port.put(word);
  }

  changed(): void {
    if (this.#answer !== undefined) this.#sendAnswer();
    if (this.#isBusy || this.#port.available < MESSAGE_WORDS) return;
    const header = this.#port.take() ?? 0;
    const paddr = this.#port.take() ?? 0;
    const isLong = header >= LONG_MESSAGE;
    const sizeBytes = isLong ? header - LONG_MESSAGE : header;
    this.#isBusy = true;
    this.#clock.schedule(this.#clock.now + this.#delayCycles, () => {
      const length = this.#work({ paddr, sizeBytes, isLong });
      this.#answer = [(length | LONG_MESSAGE) >>> 0, paddr];
      this.changed();
    });
  }

  /** Answers in the lent page; returns the answer's bytes, 0 when the message does not name a page of RAM. */
  #work({ paddr, sizeBytes, isLong }: Message): number {
    if (!isLong || paddr % LENT_PAGE_BYTES !== 0) return 0;
    if (sizeBytes === 0 || sizeBytes > LENT_PAGE_BYTES) return 0;
    const message = new Uint8Array(sizeBytes);
    if (!this.#memory.read(paddr, message)) return 0;
    const answer = this.#server.answer(message);
    return this.#memory.write(paddr, answer) ? answer.length : 0;
  }

  /** Sends header and address at once, when there is room for both. */
  #sendAnswer(): void {
    if (this.#answer === undefined || this.#port.room < MESSAGE_WORDS) return;
    const words = this.#answer;
    this.#answer = undefined;
    this.#isBusy = false;
    for (const word of words) this.#port.put(word);
  }
}
