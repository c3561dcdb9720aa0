import { CopyRegion } from "@cantrip/copyregion";
import { pause, type Task } from "@cantrip/hosted";
import { MailboxRegister, MailboxStatus } from "@cantrip/hw-riscv/registers";
import {
  failedAnswer,
  findFileAnswer,
  isWholePage,
  LENT_PAGE_BYTES,
  LONG_MESSAGE,
  securityCoreErrorName,
  type SecurityCoreRequest,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { codec } from "@cantrip/postcard";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { type FileSource, requireWithin } from "./file-source.ts";
import type { Loader } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";

const format = { format: "0.7" } as const;
/** Looks at the mailbox, a few instructions each, until it is given up. */
const MAX_POLLS = 100_000;
/** Pages of the copy region: the first is where frames are filled. */
const REGISTER_PAGE = 1;
const LENT_PAGE = 2;

interface FoundFile {
  readonly fid: number;
  readonly sizeBytes: number;
}

/**
 * Files of the security core. There is no driver yet, so the mailbox is polled; and no interrupt, since the driver has
 * not enabled one. The lent page is a frame of the root server's own image.
 */
export class SecurityCoreFiles implements FileSource {
  readonly #loader: Loader;
  readonly #mailbox: number;
  readonly #registers: CopyRegion;
  readonly #page: CopyRegion;
  readonly #found = new Map<string, FoundFile>();
  readonly #request = codec(securityCoreRequest, format);
  readonly #findFile = codec(findFileAnswer, format);
  readonly #failed = codec(failedAnswer, format);
  /** Physical address of the lent page; `undefined` until everything is mapped. */
  #paddr: number | undefined;

  /** @param mailbox - physical address of the registers */
  constructor(loader: Loader, mailbox: number) {
    this.#loader = loader;
    this.#mailbox = mailbox;
    this.#registers = this.#regionAt(REGISTER_PAGE);
    this.#page = this.#regionAt(LENT_PAGE);
  }

  *read(file: string, offset: number, length: number): Task<Uint8Array> {
    const paddr = (this.#paddr ??= yield* this.#open());
    let found = this.#found.get(file);
    if (found === undefined) {
      found = yield* this.#find(paddr, file);
      this.#found.set(file, found);
    }
    requireWithin(file, found.sizeBytes, offset + length);
    const request: SecurityCoreRequest = { type: "GetFilePage", fid: found.fid, offset };
    const size = yield* this.#exchange(paddr, request);
    if (!isWholePage(size)) throw this.#failure(file, size);
    return this.#answer(length);
  }

  *close(): Task<void> {
    if (this.#paddr === undefined) return;
    const { frame } = this.#registers;
    yield* this.#registers.unmap();
    yield* this.#page.unmap();
    if (frame !== undefined) yield* this.#loader.sel4.cnode.delete(this.#loader.path(frame));
    this.#paddr = undefined;
  }

  #regionAt(page: number): CopyRegion {
    const { sel4, birth } = this.#loader;
    const address = birth.copyRegion.address + page * LENT_PAGE_BYTES;
    return new CopyRegion(sel4, InitialCap.InitThreadVSpace, address);
  }

  /** Maps the registers and the page to lend; returns the page's physical address. */
  *#open(): Task<number> {
    const loader = this.#loader;
    const { sel4, birth, bootInfo } = loader;
    const id = loader.objects.findIndex(
      (object) => object.kind === "frame" && object.paddr === this.#mailbox,
    );
    if (id < 0) {
      throw new RootserverError(`no frame is at the mailbox, 0x${this.#mailbox.toString(16)}`);
    }
    const registers = loader.allocSlot();
    yield* sel4.cnode.copy(
      loader.path(registers),
      loader.path(loader.orig[id] ?? 0),
      CapRights.All,
    );
    yield* this.#registers.map(registers);
    const pageOffset = birth.copyRegion.address - birth.image.address;
    const lent = bootInfo.userImageFrames.start + pageOffset / LENT_PAGE_BYTES + LENT_PAGE;
    yield* this.#page.map(lent);
    return yield* sel4.page.getAddress(lent);
  }

  *#find(paddr: number, file: string): Task<FoundFile> {
    const size = yield* this.#exchange(paddr, { type: "FindFile", value: file });
    const answer = this.#findFile.safeDecode(this.#answer(size));
    if (answer.ok && answer.value.type === "Ok") return answer.value.value;
    throw this.#failure(file, size);
  }

  /** Sends a request in the lent page and polls for the answer; returns its bytes. */
  *#exchange(paddr: number, request: SecurityCoreRequest): Task<number> {
    const message = this.#request.encode(request);
    if (message.length > LENT_PAGE_BYTES) throw new RootserverError("a request beyond a page");
    this.#page.write(0, message);
    yield* this.#send((message.length | LONG_MESSAGE) >>> 0);
    yield* this.#send(paddr);
    const header = yield* this.#receive();
    const page = yield* this.#receive();
    const size = (header & ~LONG_MESSAGE) >>> 0;
    if (page !== paddr || size > LENT_PAGE_BYTES)
      throw new RootserverError("the security core answered something else");
    return size;
  }

  *#send(word: number): Task<void> {
    yield* this.#waitWhile(MailboxStatus.FULL, "takes no message");
    this.#loader.sel4.context.store32(this.#registers.address + MailboxRegister.MBOXW, word);
  }

  *#receive(): Task<number> {
    yield* this.#waitWhile(MailboxStatus.EMPTY, "does not answer");
    return this.#loader.sel4.context.load32(this.#registers.address + MailboxRegister.MBOXR);
  }

  *#waitWhile(status: number, complaint: string): Task<void> {
    const { context } = this.#loader.sel4;
    const register = this.#registers.address + MailboxRegister.STATUS;
    for (let polls = 0; polls < MAX_POLLS; polls++) {
      if ((context.load32(register) & status) === 0) return;
      yield* pause;
    }
    throw new RootserverError(`the security core ${complaint}`);
  }

  #answer(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#page.read(0, bytes);
    return bytes;
  }

  #failure(file: string, size: number): RootserverError {
    const answer = this.#failed.safeDecode(this.#answer(size));
    const reason =
      answer.ok && answer.value.type === "Err"
        ? securityCoreErrorName(answer.value.value)
        : "no answer that makes sense";
    return new RootserverError(`the security core on file ${file}: ${reason}`);
  }
}
