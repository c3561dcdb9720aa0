import type { BundleSource, PlacedSection } from "@cantrip/bundle-image";
import { forEachTask, type Task } from "@cantrip/hosted";
import { CapRights } from "@cantrip/sel4-sys";
import { type ApplicationLayout, PAGE_BYTES } from "./application-layout.ts";
import { type ApplicationSlots, type InApp } from "./application-slots.ts";
import type { ApplicationBuilder } from "./bundle-frames.ts";
import { borrowCap } from "./lend-cap.ts";
import { fillPage } from "./load-application.ts";

/** What goes into an address space. */
export interface VSpaceContents {
  readonly layout: ApplicationLayout;
  readonly slots: ApplicationSlots;
  readonly sections: readonly PlacedSection[];
  readonly source: BundleSource;
  readonly inApp: InApp;
}

/** Maps page tables, image, heap, stack, IPC buffer and SDK page, and fills the image. */
export function* buildVspace(
  { thread, loadApplication }: ApplicationBuilder,
  { layout, slots, sections, source, inApp }: VSpaceContents,
  vspace: number,
): Task<void> {
  const { sel4 } = thread;
  const map = (index: number, address: number): Task<void> =>
    borrowCap(thread, inApp(index), (frame) =>
      sel4.page.map(frame, { vspace, address, rights: CapRights.ReadWrite, executeNever: true }),
    );
  yield* forEachTask(layout.windows, (address, index) =>
    borrowCap(thread, inApp(slots.leafTables + index), (table) =>
      sel4.pageTable.map(table, vspace, address),
    ),
  );
  const buffer = new Uint8Array(PAGE_BYTES);
  yield* forEachTask(layout.pages, function* (page, index): Task<void> {
    yield* fillPage(source, sections, page.vaddr, buffer);
    yield* borrowCap(thread, inApp(slots.image + index), function* (frame): Task<void> {
      yield* loadApplication.map(frame);
      loadApplication.write(0, buffer);
      yield* loadApplication.unmap();
      const rights = page.isWritable ? CapRights.ReadWrite : CapRights.Read;
      const address = page.vaddr;
      yield* sel4.page.map(frame, { vspace, address, rights, executeNever: !page.isExecutable });
    });
  });
  for (let page = 0; page < layout.heapPages; page++)
    yield* map(slots.heap + page, layout.heapBase + page * PAGE_BYTES);
  for (let page = 0; page < layout.stackPages; page++)
    yield* map(slots.stack + page, layout.stackBase + page * PAGE_BYTES);
  yield* map(slots.ipcBuffer, layout.ipcBuffer);
  yield* map(slots.sdkParams, layout.sdkParams);
}
