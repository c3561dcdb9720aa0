import type { FrameFill } from "@cantrip/capdl";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { CapRights, InitialCap } from "@cantrip/sel4-sys";
import { ArchiveFiles } from "./archive-files.ts";
import { bootInfoChunk, readExtraBootInfo } from "./extra-boot-info.ts";
import type { FileSource } from "./file-source.ts";
import { handOverPage } from "./hand-over-page.ts";
import type { Loader } from "./loader.ts";
import { RootserverError } from "./rootserver-error.ts";
import { SecurityCoreFiles } from "./security-core-files.ts";

type BootInfoFill = FrameFill & { readonly kind: "bootinfo" };

/** Unmaps the image frames behind the copy region, so that there is a hole in the address space. */
export function* initCopyRegion(loader: Loader): Task<void> {
  const { image, copyRegion } = loader.birth;
  const pageBytes = 2 ** loader.config.sizeBits.page4K;
  const { start, end } = loader.bootInfo.userImageFrames;
  const first = start + (copyRegion.address - image.address) / pageBytes;
  const count = copyRegion.size / pageBytes;
  if (!Number.isInteger(first) || first < start || first + count > end) {
    throw new RootserverError("the copy region is not in the image");
  }
  for (let frame = first; frame < first + count; frame++) yield* loader.sel4.page.unmap(frame);
}

/** Fills the frames that begin with contents; all others are zero. */
export function* fillFrames(loader: Loader): Task<void> {
  const filler = new FrameFiller(loader);
  for (let id = 0; id < loader.objects.length; id++) {
    const object = loader.object(id);
    if (object.kind !== "frame" || object.fill.length === 0) continue;
    loader.subject = object.name;
    if (object.sizeBits !== loader.config.sizeBits.page4K) {
      throw new RootserverError("only frames of 4 KiB can be filled");
    }
    yield* filler.fill(id, loader.origOf(object.name), object.fill);
  }
  loader.subject = "";
  yield* filler.close();
}

/** Maps a duplicate of a frame, whatever its own capability is used for, and works on it. */
export function* withFrame(
  loader: Loader,
  frame: number,
  body: (region: CopyRegion) => void,
): Task<void> {
  const { sel4, birth } = loader;
  loader.requireSlots(1);
  const temporary = loader.path(loader.freeSlot);
  const region = new CopyRegion(sel4, InitialCap.InitThreadVSpace, birth.copyRegion.address);
  yield* sel4.cnode.copy(temporary, loader.path(frame), CapRights.All);
  yield* region.map(temporary.index);
  body(region);
  yield* region.unmap();
  yield* sel4.cnode.delete(temporary);
}

class FrameFiller {
  readonly #loader: Loader;
  readonly #region: CopyRegion;
  readonly #files: FileSource;
  #extraBootInfo: Uint8Array | undefined;

  constructor(loader: Loader) {
    this.#loader = loader;
    const { sel4, birth } = loader;
    this.#region = new CopyRegion(sel4, InitialCap.InitThreadVSpace, birth.copyRegion.address);
    this.#files =
      birth.securityCore === undefined
        ? new ArchiveFiles(sel4.context, birth.archive)
        : new SecurityCoreFiles(loader, birth.securityCore.mailbox);
  }

  *fill(id: number, frame: number, fills: readonly FrameFill[]): Task<void> {
    yield* this.#region.map(frame);
    for (const fill of fills) {
      if (fill.destOffset + fill.destLength > this.#region.size) {
        throw new RootserverError("the contents reach beyond the frame");
      }
      const bytes =
        fill.kind === "file"
          ? yield* this.#files.read(fill.file, fill.fileOffset, fill.destLength)
          : this.#bootInfoBytes(id, fill);
      this.#region.write(fill.destOffset, bytes);
    }
    yield* this.#region.unmap();
  }

  close(): Task<void> {
    return this.#files.close();
  }

  #bootInfoBytes(id: number, fill: BootInfoFill): Uint8Array {
    const loader = this.#loader;
    const { sourceOffset, destLength } = fill;
    if (fill.id === "BootInfo") {
      if (loader.bootInfoFrame >= 0) {
        throw new RootserverError("a second frame that is to receive the boot info");
      }
      loader.bootInfoFrame = id;
      return handOverPage(loader).subarray(sourceOffset, sourceOffset + destLength);
    }
    this.#extraBootInfo ??= readExtraBootInfo(loader);
    const chunk = bootInfoChunk(this.#extraBootInfo, fill.id);
    if (chunk !== undefined) return chunk.subarray(sourceOffset, sourceOffset + destLength);
    // Tells the component that there is no such chunk: a header of ones.
    const absent = sourceOffset === 0 ? new Uint8Array(8).fill(0xff) : new Uint8Array(0);
    return absent.subarray(0, destLength);
  }
}
