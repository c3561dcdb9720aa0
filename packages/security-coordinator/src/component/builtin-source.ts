import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { Logger } from "@cantrip/logger";
import { type ArchiveIndex, type Builtin, indexArchive } from "../builtin-archive.ts";
import type { SecurityCoreClient } from "./security-core-client.ts";

const PAGE_BYTES = 4096;
const TARGET = "cantrip_security_coordinator";

/** A built-in file. */
export interface BuiltinFile {
  readonly size: number;
  /** Fills a frame with page `index` of the file; zeros follow the file's end. */
  fillFrame(frame: number, index: number): Task<void>;
}

/** Where the built-in packages are. */
export interface BuiltinSource {
  /** Names of all files. */
  names(): Task<readonly string[]>;
  /** The file with exactly this name. */
  find(name: string): Task<BuiltinFile | undefined>;
}

/** The archive in the flash that is mapped as `cpio_archive`. */
export class FlashSource implements BuiltinSource {
  readonly #thread: ComponentThread;
  readonly #region: CopyRegion;
  readonly #archive: { readonly address: number; readonly size: number };
  #index: ArchiveIndex | undefined;

  /** @param region - where frames are mapped to be filled */
  constructor(thread: ComponentThread, region: CopyRegion) {
    const port = thread.birth.dataports["cpio_archive"];
    if (port === undefined)
      throw new RangeError(`${thread.birth.name} has no dataport "cpio_archive"`);
    this.#thread = thread;
    this.#region = region;
    this.#archive = port;
  }

  *names(): Task<readonly string[]> {
    return (yield* this.#files()).map(({ name }) => name);
  }

  *find(name: string): Task<BuiltinFile | undefined> {
    const file = (yield* this.#files()).find((builtin) => builtin.name === name);
    if (file === undefined) return undefined;
    return { size: file.size, fillFrame: (frame, index) => this.#fillFrame(file, frame, index) };
  }

  /** The archive's files; looked up once. */
  *#files(): Task<readonly Builtin[]> {
    if (this.#index === undefined) {
      this.#index = indexArchive({
        length: this.#archive.size,
        read: (offset, length) => this.#read(offset, length),
      });
      const { problem } = this.#index;
      if (problem !== undefined)
        yield* new Logger(this.#thread).error(TARGET, `built-in archive: ${problem}`);
    }
    return this.#index.files;
  }

  *#fillFrame({ offset, size }: Builtin, frame: number, index: number): Task<void> {
    const at = index * PAGE_BYTES;
    const page = new Uint8Array(PAGE_BYTES);
    const length = Math.min(PAGE_BYTES, size - at);
    page.set(this.#read(offset + at, length));
    yield* this.#region.map(frame);
    this.#region.write(0, page);
    yield* this.#region.unmap();
  }

  #read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#thread.context.copyIn(this.#archive.address + offset, bytes);
    return bytes;
  }
}

/** The files of the security core, which fills frames that are lent to it. Nothing is remembered here. */
export class SecurityCoreSource implements BuiltinSource {
  readonly #client: SecurityCoreClient;

  constructor(client: SecurityCoreClient) {
    this.#client = client;
  }

  names(): Task<readonly string[]> {
    return this.#client.builtins();
  }

  *find(name: string): Task<BuiltinFile | undefined> {
    const client = this.#client;
    const file = yield* client.findFile(name);
    if (file === undefined) return undefined;
    const { fid, sizeBytes } = file;
    return {
      size: sizeBytes,
      fillFrame: (frame, index) => client.fillFrame(frame, fid, index * PAGE_BYTES),
    };
  }
}
