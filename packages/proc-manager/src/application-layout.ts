import {
  type BundleManifest,
  DEFAULT_MANIFEST,
  type SectionHeader,
  SectionFlag,
  SectionType,
} from "@cantrip/bundle-image";

/** Bytes of a page. */
export const PAGE_BYTES = 4096;
/** Stack of an application whose manifest says nothing: `STACK_COUNT` pages. */
export const STACK_PAGES: number = DEFAULT_MANIFEST.stackBytes / PAGE_BYTES;
/** What one leaf page table spans: an aligned window of 4 MiB. */
export const WINDOW_BYTES: number = 4 * 1024 * 1024;
/** Most bytes of an image: what a bad bundle can make the manager think about. */
export const MAX_IMAGE_BYTES: number = 64 * 1024 * 1024;
/** User addresses end here. */
const USER_END = 0x8000_0000;

/** A page of an application's image. */
export interface ImagePage {
  /** Virtual address, page-aligned. */
  readonly vaddr: number;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
  readonly isReadable: boolean;
}

/** Where everything of an application lies. Ascending: image, heap, guard page, stack, guard page, IPC buffer, SDK page. */
export interface ApplicationLayout {
  /** Pages of the image that need a frame, ascending. Pages between sections have none. */
  readonly pages: readonly ImagePage[];
  readonly entry: number;
  /** Whether no section named the entry point, so that the first address is taken. */
  readonly entryIsGuessed: boolean;
  /** First virtual address of the image. */
  readonly firstVaddr: number;
  /** The page behind the image, and how many pages of zeros begin there. */
  readonly heapBase: number;
  readonly heapPages: number;
  readonly stackBase: number;
  readonly stackPages: number;
  /** Initial stack pointer: the end of the stack, 16-aligned. */
  readonly stackTop: number;
  readonly ipcBuffer: number;
  readonly sdkParams: number;
  /** First addresses of the windows of 4 MiB in which something lies, ascending: each needs a leaf page table. */
  readonly windows: readonly number[];
}

/** A bundle that cannot be an application. */
export class BundleLayoutError extends Error {
  override readonly name = "BundleLayoutError";
}

/**
 * Lays an application out from the sections of its bundle.
 *
 * Sections may start anywhere in a page and may share a page, whose rights are then the union of theirs.
 *
 * @throws BundleLayoutError for sections that are of another kind, overlap, are out of order or do not fit
 */
export function layOutApplication(
  sections: readonly SectionHeader[],
  manifest: BundleManifest = DEFAULT_MANIFEST,
): ApplicationLayout {
  const loaded = sections.filter((section) => section.msize > 0);
  const first = loaded[0];
  if (first === undefined) throw new BundleLayoutError("the bundle has no section with contents");
  const pages = new Map<number, ImagePage>();
  let end = 0;
  let bytes = 0;
  let entry: number | undefined;
  for (const [index, section] of loaded.entries()) {
    checkSection(section, index, end);
    end = section.vaddr + section.msize;
    bytes += section.msize;
    if (bytes > MAX_IMAGE_BYTES) {
      throw new BundleLayoutError(`image of ${bytes} bytes does not fit into ${MAX_IMAGE_BYTES}`);
    }
    addPages(pages, section);
    if ((section.flags & SectionFlag.Entry) !== 0) entry = section.entry;
  }
  const placed = placeStack(end, manifest);
  if (entry !== undefined) checkEntry(entry, pages);
  return {
    ...placed,
    pages: [...pages.values()],
    entry: entry ?? first.vaddr,
    entryIsGuessed: entry === undefined,
    firstVaddr: first.vaddr,
    windows: windowsOf([...pages.keys()], placed),
  };
}

function checkSection(section: SectionHeader, index: number, previousEnd: number): void {
  const where = `section ${index} at 0x${section.vaddr.toString(16)}`;
  if (section.ftype !== SectionType.Application) {
    throw new BundleLayoutError(
      `${where} has type 0x${section.ftype.toString(16)}, not an application's`,
    );
  }
  if (section.fsize > section.msize) {
    throw new BundleLayoutError(
      `${where} has ${section.fsize} bytes in the file and ${section.msize} in memory`,
    );
  }
  if (section.vaddr < previousEnd) {
    throw new BundleLayoutError(
      `${where} begins before 0x${previousEnd.toString(16)}, where the one before it ends`,
    );
  }
  if (section.vaddr < PAGE_BYTES) throw new BundleLayoutError(`${where} would cover the null page`);
  if (section.vaddr + section.msize > USER_END)
    throw new BundleLayoutError(`${where} reaches beyond user addresses`);
}

function addPages(pages: Map<number, ImagePage>, section: SectionHeader): void {
  const end = section.vaddr + section.msize;
  for (let vaddr = floorPage(section.vaddr); vaddr < end; vaddr += PAGE_BYTES) {
    const other = pages.get(vaddr);
    pages.set(vaddr, {
      vaddr,
      isReadable: (section.flags & SectionFlag.Read) !== 0 || other?.isReadable === true,
      isWritable: (section.flags & SectionFlag.Write) !== 0 || other?.isWritable === true,
      isExecutable: (section.flags & SectionFlag.Execute) !== 0 || other?.isExecutable === true,
    });
  }
}

type Placed = Omit<
  ApplicationLayout,
  "pages" | "entry" | "entryIsGuessed" | "firstVaddr" | "windows"
>;

function placeStack(imageEnd: number, { heapBytes, stackBytes }: BundleManifest): Placed {
  const heapBase = floorPage(imageEnd + PAGE_BYTES - 1);
  const stackBase = heapBase + heapBytes + PAGE_BYTES;
  const stackTop = stackBase + stackBytes;
  const ipcBuffer = stackTop + PAGE_BYTES;
  const sdkParams = ipcBuffer + PAGE_BYTES;
  if (sdkParams + PAGE_BYTES > USER_END) {
    throw new BundleLayoutError(
      `image up to 0x${imageEnd.toString(16)} with heap and stack reaches beyond user addresses`,
    );
  }
  return {
    ...{ heapBase, heapPages: heapBytes / PAGE_BYTES },
    ...{ stackBase, stackPages: stackBytes / PAGE_BYTES, stackTop },
    ...{ ipcBuffer, sdkParams },
  };
}

function windowsOf(pages: readonly number[], placed: Placed): number[] {
  const windows = new Set(pages.map(floorWindow));
  const { heapBase, heapPages, stackBase, stackTop, ipcBuffer, sdkParams } = placed;
  const spans = [
    [heapBase, heapBase + heapPages * PAGE_BYTES],
    [stackBase, stackTop],
    [ipcBuffer, sdkParams + PAGE_BYTES],
  ] as const;
  for (const [start, end] of spans) {
    for (let at = floorWindow(start); at < end && start < end; at += WINDOW_BYTES) windows.add(at);
  }
  return [...windows].sort((a, b) => a - b);
}

function checkEntry(entry: number, pages: ReadonlyMap<number, ImagePage>): void {
  const page = pages.get(floorPage(entry));
  if (page?.isExecutable !== true || entry % 2 !== 0) {
    throw new BundleLayoutError(
      `entry 0x${entry.toString(16)} is not an instruction of an executable page`,
    );
  }
}

function floorPage(address: number): number {
  return address - (address % PAGE_BYTES);
}

function floorWindow(address: number): number {
  return address - (address % WINDOW_BYTES);
}
