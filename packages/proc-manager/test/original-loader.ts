import type { BundleSource, PlacedSection, SectionHeader } from "@cantrip/bundle-image";
import type { Task } from "@cantrip/hosted";
import { type BundleState } from "@cantrip/interfaces/process-control";
import { type ApplicationLayout, layOutApplication, PAGE_BYTES } from "@cantrip/proc-manager";

/** The original stops: Rust's `panic!`. */
export class Panic extends Error {
  override readonly name = "Panic";
}

/** A mutant: `sel4bundle`'s preprocessing, which asserts, and has one leaf page table. */
export function originalLayout(sections: readonly SectionHeader[]): ApplicationLayout {
  let end = 0;
  for (const { vaddr, msize } of sections) {
    if (vaddr < end) throw new Panic("assertion failed: section.vaddr >= next_vaddr");
    // A page that two sections share is counted for both.
    end = Math.ceil((vaddr + msize) / PAGE_BYTES) * PAGE_BYTES;
  }
  // The entry point is whatever the header says.
  const layout = layOutApplication(sections.map((section) => ({ ...section, flags: 5 })));
  return { ...layout, windows: layout.windows.slice(0, 1) };
}

/** A mutant: `load_application`, which puts the bytes of a section at the start of its first page. */
export function* originalFillPage(
  source: BundleSource,
  sections: readonly PlacedSection[],
  vaddr: number,
  target: Uint8Array,
): Task<void> {
  target.fill(0);
  for (const { header, offset } of sections) {
    const first = header.vaddr - (header.vaddr % PAGE_BYTES);
    const done = vaddr - first;
    const count = Math.min(PAGE_BYTES, header.fsize - done);
    if (done >= 0 && count > 0) yield* source.read(offset + done, target.subarray(0, count));
  }
}

/** A mutant: a wrong CRC is an entry in the log. */
export function* originalReadSection(
  source: BundleSource,
  { header, offset }: PlacedSection,
): Task<void> {
  yield* source.read(offset, new Uint8Array(header.fsize));
}

/** A mutant: `ProcessManager` with the states that the original has. */
export class OriginalProcessManager {
  readonly #stop: (bundleId: string) => void;
  readonly #bundles = new Map<string, "Running" | "Stopped">();

  constructor(stop: (bundleId: string) => void) {
    this.#stop = stop;
  }

  register(bundleId: string): void {
    if (this.#bundles.has(bundleId)) throw new Panic("assertion failed: insert.is_none()");
    this.#bundles.set(bundleId, "Stopped");
  }
  start(bundleId: string): void {
    this.#bundles.set(bundleId, "Running");
  }
  stop(bundleId: string): void {
    this.#stop(bundleId);
    this.#bundles.set(bundleId, "Stopped");
  }
  /** Faults are logged by the SDK runtime, and nobody is told. */
  ended(): void {
    // Nothing happens.
  }
  state(bundleId: string): BundleState {
    return { type: this.#bundles.get(bundleId) ?? "Stopped" };
  }
}
