/** The initial task, already in memory. */
export interface InitialTask {
  /** Physical pages that hold its image. */
  readonly image: { readonly paddr: number; readonly size: number };
  /** Virtual address of the image's first page. */
  readonly vaddr: number;
  readonly entry: number;
  /** Device tree for the boot info, between the kernel's image and that of the task; on a page. */
  readonly deviceTree?: { readonly paddr: number; readonly size: number };
}
