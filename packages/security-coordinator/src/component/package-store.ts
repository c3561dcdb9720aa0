import { type ComponentThread, MemoryClient, RpcFailure } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { SecurityRequestError } from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import { type CSpaceSlot } from "@cantrip/slot-allocator";
import {
  type ArchiveIndex,
  type BundleEnding,
  findBuiltin,
  indexArchive,
} from "../builtin-archive.ts";

const PAGE_BYTES = 4096;
const TARGET = "cantrip_security_coordinator";

/** A package that was installed: frames in a CNode that the coordinator owns. */
export interface InstalledPackage {
  readonly bundle: ObjDescBundle;
  readonly container: CSpaceSlot;
}

/** Built-in and installed packages. */
export class PackageStore {
  readonly #thread: ComponentThread;
  readonly memory: MemoryClient;
  readonly #installed = new Map<string, InstalledPackage>();
  #index: ArchiveIndex | undefined;

  constructor(thread: ComponentThread) {
    this.#thread = thread;
    this.memory = new MemoryClient(thread);
  }

  get #archive(): { readonly address: number; readonly size: number } {
    const port = this.#thread.birth.dataports["cpio_archive"];
    if (port === undefined)
      throw new RangeError(`${this.#thread.birth.name} has no dataport "cpio_archive"`);
    return port;
  }

  #read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#thread.context.copyIn(this.#archive.address + offset, bytes);
    return bytes;
  }

  /** The archive's files; looked up once. */
  *#files(): Task<ArchiveIndex["files"]> {
    if (this.#index === undefined) {
      const { size } = this.#archive;
      this.#index = indexArchive({
        length: size,
        read: (offset, length) => this.#read(offset, length),
      });
      const { problem } = this.#index;
      if (problem !== undefined)
        yield* new Logger(this.#thread).error(TARGET, `built-in archive: ${problem}`);
    }
    return this.#index.files;
  }

  /** Names of all packages, sorted. */
  *names(): Task<string[]> {
    const files = yield* this.#files();
    return [...new Set([...this.#installed.keys(), ...files.map(({ name }) => name)])].sort();
  }

  /** Whether a package is installed under this name. */
  has(name: string): boolean {
    return this.#installed.has(name);
  }

  add(name: string, installed: InstalledPackage): void {
    this.#installed.set(name, installed);
  }

  /** Forgets an installed package and frees its memory; `false` when there is none. */
  *remove(name: string): Task<boolean> {
    const installed = this.#installed.get(name);
    if (installed === undefined) return false;
    this.#installed.delete(name);
    yield* this.memory.freeInCNode({ ...installed.bundle, cnode: installed.container.release() });
    return true;
  }

  /** Bytes of a package. */
  *sizeOf(name: string): Task<number> {
    const installed = this.#installed.get(name);
    if (installed !== undefined) return this.memory.countOf(installed.bundle) * PAGE_BYTES;
    const file = findBuiltin(yield* this.#files(), name, ".app");
    if (file === undefined) throw new RpcFailure(SecurityRequestError.BundleNotFound);
    return file.size;
  }

  /** Copies a package into fresh frames that the caller will own. */
  *load(
    name: string,
    ending: BundleEnding | undefined,
    failure: SecurityRequestError,
  ): Task<ObjDescBundle> {
    const installed = this.#installed.get(name);
    const file =
      installed === undefined ? findBuiltin(yield* this.#files(), name, ending) : undefined;
    if (installed === undefined && file === undefined)
      throw new RpcFailure(SecurityRequestError.BundleNotFound);
    const size =
      installed === undefined
        ? (file?.size ?? 0)
        : this.memory.countOf(installed.bundle) * PAGE_BYTES;
    if (size === 0) throw new RpcFailure(SecurityRequestError.BundleDataInvalid);
    let bundle: ObjDescBundle;
    try {
      bundle = yield* this.memory.frameAllocInCNode(size);
    } catch (error) {
      throw new RpcFailure(failure, `no memory for ${name}`, { cause: error });
    }
    try {
      yield* this.#fill(bundle, installed, file?.offset ?? 0, size);
    } catch (error) {
      yield* this.memory.freeInCNode(bundle);
      throw error;
    }
    return bundle;
  }

  *#fill(
    bundle: ObjDescBundle,
    installed: InstalledPackage | undefined,
    offset: number,
    size: number,
  ): Task<void> {
    const destination = this.#region("DEEP_COPY_DEST");
    const source = this.#region("DEEP_COPY_SRC");
    const sourcePaths =
      installed === undefined
        ? []
        : this.memory.pathsOf({ ...installed.bundle, cnode: installed.container.slot });
    const page = new Uint8Array(PAGE_BYTES);
    yield* forEachTask(this.memory.pathsOf(bundle), (path, index) =>
      this.#withFrame(destination, path, () =>
        this.#copyPage(source, sourcePaths[index], offset, index, size, page, destination),
      ),
    );
  }

  *#copyPage(
    source: CopyRegion,
    from: Parameters<CSpaceSlot["dupTo"]>[0] | undefined,
    offset: number,
    index: number,
    size: number,
    page: Uint8Array,
    destination: CopyRegion,
  ): Task<void> {
    if (from === undefined) {
      const length = Math.min(PAGE_BYTES, size - index * PAGE_BYTES);
      destination.write(0, this.#read(offset + index * PAGE_BYTES, length));
      return;
    }
    yield* this.#withFrame(source, from, function* (): Task<void> {
      source.read(0, page);
    });
    destination.write(0, page);
  }

  *#withFrame(
    region: CopyRegion,
    path: Parameters<CSpaceSlot["dupTo"]>[0],
    body: () => Task<void>,
  ): Task<void> {
    const frame = this.memory.newSlot();
    try {
      yield* frame.dupTo(path);
      yield* region.map(frame.slot);
      yield* body();
      yield* region.unmap();
    } finally {
      yield* frame.drop();
    }
  }

  #region(name: string): CopyRegion {
    const place = this.#thread.birth.copyRegions[name];
    if (place === undefined)
      throw new RangeError(`${this.#thread.birth.name} has no copy region "${name}"`);
    return new CopyRegion(this.#thread.sel4, this.#thread.birth.selfVSpaceRoot, place.address);
  }
}
