import { type SectionHeader, SectionFlag, SectionType } from "@cantrip/bundle-image";

/** Bytes of a page. */
export const PAGE_BYTES = 4096;
/** Stack of an application: `STACK_COUNT` pages. */
export const STACK_PAGES = 4;
/** An application has one leaf page table, and so one aligned window of 4 MiB. */
export const WINDOW_BYTES: number = 4 * 1024 * 1024;

/** A page of an application's image. */
export interface ImagePage {
  /** Virtual address, page-aligned. */
  readonly vaddr: number;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
  readonly isReadable: boolean;
}

/** Where everything of an application lies. Ascending: image, guard page, stack, guard page, IPC buffer, SDK page. */
export interface ApplicationLayout {
  /** Pages of the image that need a frame, ascending. Pages between sections have none. */
  readonly pages: readonly ImagePage[];
  readonly entry: number;
  /** Whether no section named the entry point, so that the first address is taken. */
  readonly entryIsGuessed: boolean;
  /** First virtual address of the image. */
  readonly firstVaddr: number;
  readonly stackBase: number;
  /** Initial stack pointer: the end of the stack, 16-aligned. */
  readonly stackTop: number;
  readonly ipcBuffer: number;
  readonly sdkParams: number;
  /** Index in the root page table. */
  readonly rootIndex: number;
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
export function layOutApplication(sections: readonly SectionHeader[]): ApplicationLayout {
  const loaded = sections.filter((section) => section.msize > 0);
  const first = loaded[0];
  if (first === undefined) throw new BundleLayoutError("the bundle has no section with contents");
  const pages = new Map<number, ImagePage>();
  let end = 0;
  let entry: number | undefined;
  for (const [index, section] of loaded.entries()) {
    checkSection(section, index, end);
    end = section.vaddr + section.msize;
    addPages(pages, section);
    if ((section.flags & SectionFlag.Entry) !== 0) entry = section.entry;
  }
  const layout = placeStack(first.vaddr, end);
  if (entry !== undefined) checkEntry(entry, pages);
  return {
    ...layout,
    pages: [...pages.values()],
    entry: entry ?? first.vaddr,
    entryIsGuessed: entry === undefined,
    firstVaddr: first.vaddr,
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
  if (section.vaddr + section.msize > 0x80000000)
    throw new BundleLayoutError(`${where} reaches beyond user addresses`);
}

function addPages(pages: Map<number, ImagePage>, section: SectionHeader): void {
  if (section.msize > WINDOW_BYTES) {
    throw new BundleLayoutError(
      `section of ${section.msize} bytes does not fit into ${WINDOW_BYTES} bytes`,
    );
  }
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

function placeStack(
  firstVaddr: number,
  imageEnd: number,
): Pick<ApplicationLayout, "stackBase" | "stackTop" | "ipcBuffer" | "sdkParams" | "rootIndex"> {
  const windowBase = firstVaddr - (firstVaddr % WINDOW_BYTES);
  const stackBase = floorPage(imageEnd + PAGE_BYTES - 1) + PAGE_BYTES;
  const stackTop = stackBase + STACK_PAGES * PAGE_BYTES;
  const ipcBuffer = stackTop + PAGE_BYTES;
  const sdkParams = ipcBuffer + PAGE_BYTES;
  if (sdkParams + PAGE_BYTES > windowBase + WINDOW_BYTES) {
    throw new BundleLayoutError(
      `image up to 0x${imageEnd.toString(16)} with its stack leaves the 4 MiB window at 0x${windowBase.toString(16)}`,
    );
  }
  return { stackBase, stackTop, ipcBuffer, sdkParams, rootIndex: windowBase / WINDOW_BYTES };
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
