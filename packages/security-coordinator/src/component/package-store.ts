import { type ComponentThread, type MemoryClient, RpcError, RpcFailure } from "@cantrip/camkes-rpc";
import type { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { SecurityRequestError } from "@cantrip/interfaces/security";
import type { CPath } from "@cantrip/sel4-sys";
import { CSpaceSlot } from "@cantrip/slot-allocator";
import { BUNDLE_ENDINGS, type BundleEnding } from "../builtin-archive.ts";
import type { BuiltinFile, BuiltinSource } from "./builtin-source.ts";

const PAGE_BYTES = 4096;

/** A package that was installed: frames in a CNode that the coordinator owns. */
export interface InstalledPackage {
  readonly bundle: ObjDescBundle;
  readonly container: CSpaceSlot;
  readonly manifest: string;
}

/** Where the bytes of a package are. */
type PackageContents =
  | { readonly kind: "frames"; readonly installed: InstalledPackage; readonly size: number }
  | { readonly kind: "builtin"; readonly file: BuiltinFile; readonly size: number };

/** Built-in and installed packages. */
export class PackageStore {
  readonly #thread: ComponentThread;
  readonly #memory: MemoryClient;
  readonly #builtins: BuiltinSource;
  readonly #source: CopyRegion;
  readonly #destination: CopyRegion;
  readonly #installed = new Map<string, InstalledPackage>();

  /** @param regions - where frames are mapped to be read and to be filled */
  constructor(
    thread: ComponentThread,
    memory: MemoryClient,
    builtins: BuiltinSource,
    regions: { readonly source: CopyRegion; readonly destination: CopyRegion },
  ) {
    this.#thread = thread;
    this.#memory = memory;
    this.#builtins = builtins;
    this.#source = regions.source;
    this.#destination = regions.destination;
  }

  /** Names of all packages, sorted. */
  *names(): Task<string[]> {
    const builtins = yield* this.#builtins.names();
    return [...new Set([...this.#installed.keys(), ...builtins])].sort();
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
    const { bundle, container } = installed;
    try {
      yield* this.#memory.freeInCNode({ ...bundle, cnode: container.slot });
      container.release();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      // Whoever installed it said that there are frames that are not: nothing of it is the coordinator's to free.
      yield* container.drop();
    }
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
      bundle = yield* this.#memory.frameAllocInCNode(contents.size);
    } catch (error) {
      throw new RpcFailure(failure, `no memory for ${name}`, { cause: error });
    }
    try {
      yield* this.#fill(bundle, contents);
    } catch (error) {
      yield* this.#memory.freeInCNode(bundle);
      throw new RpcFailure(failure, `${name} not copied`, { cause: error });
    }
    return bundle;
  }

  /** Looks for the exact name first, installed or built in, and then for the name with the ending. */
  *#contents(name: string, ending: BundleEnding | undefined): Task<PackageContents> {
    const names =
      ending === undefined || name.endsWith(ending) ? [name] : [name, `${name}${ending}`];
    for (const candidate of names) {
      const installed = this.#installed.get(candidate);
      if (installed !== undefined)
        return { kind: "frames", installed, size: this.#sizeOfFrames(installed) };
      const file = yield* this.#builtins.find(candidate);
      if (file !== undefined) return { kind: "builtin", file, size: file.size };
    }
    throw new RpcFailure(SecurityRequestError.BundleNotFound, `no package ${name}`);
  }

  #sizeOfFrames({ bundle }: InstalledPackage): number {
    return this.#memory.countOf(bundle) * PAGE_BYTES;
  }

  *#fill(bundle: ObjDescBundle, contents: PackageContents): Task<void> {
    const fillFrame =
      contents.kind === "builtin"
        ? (frame: number, index: number): Task<void> => contents.file.fillFrame(frame, index)
        : this.#copier(contents.installed);
    yield* forEachTask(this.#memory.pathsOf(bundle), (path, index) =>
      this.#withDuplicate(path, (frame) => fillFrame(frame, index)),
    );
  }

  /** What copies a page of an installed package into a frame. */
  #copier({ bundle, container }: InstalledPackage): (frame: number, index: number) => Task<void> {
    const source = this.#source;
    const destination = this.#destination;
    const paths = this.#memory.pathsOf({ ...bundle, cnode: container.slot });
    const page = new Uint8Array(PAGE_BYTES);
    const withDuplicate = (path: CPath, body: (frame: number) => Task<void>): Task<void> =>
      this.#withDuplicate(path, body);
    return function* (frame, index): Task<void> {
      const path = paths[index];
      if (path === undefined) throw new RangeError(`page ${index} is beyond the package`);
      yield* withDuplicate(path, function* (original): Task<void> {
        yield* source.map(original);
        source.read(0, page);
        yield* source.unmap();
      });
      yield* destination.map(frame);
      destination.write(0, page);
      yield* destination.unmap();
    };
  }

  /** Works on a copy of a frame's capability, whatever the frame itself is mapped for. */
  *#withDuplicate(path: CPath, body: (frame: number) => Task<void>): Task<void> {
    const frame = new CSpaceSlot(this.#thread.sel4, this.#thread.runtime);
    try {
      yield* frame.dupTo(path);
      yield* body(frame.slot);
    } finally {
      yield* frame.drop();
    }
  }
}
