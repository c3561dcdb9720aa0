import { type ComponentThread, MemoryClient, RpcFailure } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { SecurityRequestError } from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import type { CPath } from "@cantrip/sel4-sys";
import type { CSpaceSlot } from "@cantrip/slot-allocator";
import {
  type ArchiveIndex,
  BUNDLE_ENDINGS,
  type BundleEnding,
  indexArchive,
} from "../builtin-archive.ts";

const PAGE_BYTES = 4096;
const TARGET = "cantrip_security_coordinator";

/** A package that was installed: frames in a CNode that the coordinator owns. */
export interface InstalledPackage {
  readonly bundle: ObjDescBundle;
  readonly container: CSpaceSlot;
  readonly manifest: string;
}

/** Where the bytes of a package are. */
type PackageContents =
  | { readonly kind: "frames"; readonly installed: InstalledPackage; readonly size: number }
  | { readonly kind: "archive"; readonly offset: number; readonly size: number };

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

  /** The name under which a package is installed: as it is, or with an ending added (`find_key`). */
  installedName(name: string): string | undefined {
    return ["", ...BUNDLE_ENDINGS]
      .map((ending) => name + ending)
      .find((candidate) => this.#installed.has(candidate));
  }

  /** The package that is installed under this name, if any. */
  installed(name: string): InstalledPackage | undefined {
    return this.#installed.get(this.installedName(name) ?? name);
  }

  /** Whether a package is installed under exactly this name. */
  has(name: string): boolean {
    return this.#installed.has(name);
  }

  add(name: string, installed: InstalledPackage): void {
    this.#installed.set(name, installed);
  }

  /** Forgets an installed package and frees its memory; `false` when there is none. */
  *remove(name: string): Task<boolean> {
    const key = this.installedName(name) ?? name;
    const installed = this.#installed.get(key);
    if (installed === undefined) return false;
    this.#installed.delete(key);
    yield* this.memory.freeInCNode({ ...installed.bundle, cnode: installed.container.release() });
    return true;
  }

  /** Bytes of a package. */
  *sizeOf(name: string): Task<number> {
    const installed = this.installed(name);
    if (installed !== undefined) return this.#sizeOfFrames(installed);
    return (yield* this.#contents(name, ".app")).size;
  }

  /** Copies a package into fresh frames that the caller will own. */
  *load(
    name: string,
    ending: BundleEnding | undefined,
    failure: SecurityRequestError,
  ): Task<ObjDescBundle> {
    const contents = yield* this.#contents(name, ending);
    if (contents.size === 0) throw new RpcFailure(SecurityRequestError.BundleDataInvalid);
    let bundle: ObjDescBundle;
    try {
      bundle = yield* this.memory.frameAllocInCNode(contents.size);
    } catch (error) {
      throw new RpcFailure(failure, `no memory for ${name}`, { cause: error });
    }
    try {
      yield* this.#fill(bundle, contents);
    } catch (error) {
      yield* this.memory.freeInCNode(bundle);
      throw new RpcFailure(failure, `${name} not copied`, { cause: error });
    }
    return bundle;
  }

  /** Looks for the exact name first, installed or built in, and then for the name with the ending. */
  *#contents(name: string, ending: BundleEnding | undefined): Task<PackageContents> {
    const files = yield* this.#files();
    const names =
      ending === undefined || name.endsWith(ending) ? [name] : [name, `${name}${ending}`];
    for (const candidate of names) {
      const installed = this.#installed.get(candidate);
      if (installed !== undefined)
        return { kind: "frames", installed, size: this.#sizeOfFrames(installed) };
      const file = files.find((builtin) => builtin.name === candidate);
      if (file !== undefined) return { kind: "archive", offset: file.offset, size: file.size };
    }
    throw new RpcFailure(SecurityRequestError.BundleNotFound, `no package ${name}`);
  }

  #sizeOfFrames({ bundle }: InstalledPackage): number {
    return this.memory.countOf(bundle) * PAGE_BYTES;
  }

  *#fill(bundle: ObjDescBundle, contents: PackageContents): Task<void> {
    const destination = this.#region("DEEP_COPY_DEST");
    const page = new Uint8Array(PAGE_BYTES);
    const readPage =
      contents.kind === "archive"
        ? this.#archiveReader(contents, page)
        : this.#frameReader(contents.installed, page);
    yield* forEachTask(this.memory.pathsOf(bundle), (path, index) =>
      this.#withFrame(destination, path, function* (): Task<void> {
        yield* readPage(index);
        destination.write(0, page);
      }),
    );
  }

  /** What reads a page of a file of the archive; zeros follow the file's end. */
  #archiveReader(
    { offset, size }: { readonly offset: number; readonly size: number },
    page: Uint8Array,
  ): (index: number) => Task<void> {
    const { address } = this.#archive;
    const { context } = this.#thread;
    return function* (index): Task<void> {
      const length = Math.min(PAGE_BYTES, size - index * PAGE_BYTES);
      page.fill(0, length);
      context.copyIn(address + offset + index * PAGE_BYTES, page.subarray(0, length));
    };
  }

  /** What reads a page of an installed package through a mapping of its frame. */
  #frameReader(
    { bundle, container }: InstalledPackage,
    page: Uint8Array,
  ): (index: number) => Task<void> {
    const source = this.#region("DEEP_COPY_SRC");
    const paths = this.memory.pathsOf({ ...bundle, cnode: container.slot });
    return (index) => {
      const path = paths[index];
      if (path === undefined) throw new RangeError(`page ${index} is beyond the package`);
      return this.#withFrame(source, path, function* (): Task<void> {
        source.read(0, page);
      });
    };
  }

  *#withFrame(region: CopyRegion, path: CPath, body: () => Task<void>): Task<void> {
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
