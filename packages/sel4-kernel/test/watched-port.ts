import { CapType, type KernelState } from "@cantrip/sel4-kernel";
import { FakePort } from "./fake-port.ts";

const BUFFER_BYTES = 512;
const TABLE_BYTES = 4096;
/** Accesses to memory that no entry into the kernel comes near. */
const MOST_ACCESSES = 1_000_000;

/**
 * Watches what a kernel writes, from one entry to the next: words of IPC buffers and of page tables, and memory that it
 * clears for new objects.
 */
export class WatchedPort extends FakePort {
  readonly #words: number[] = [];
  readonly #cleared: { readonly paddr: number; readonly bytes: number }[] = [];
  #accesses = 0;
  #isInside = false;
  isWatching = false;
  /** What is written now is written by the kernel. */
  protected get isInKernel(): boolean {
    return this.#isInside;
  }
  /** Words and clearings that were looked at. */
  checked = 0;

  // A thread, and not the kernel, writes between the exit and the next entry.
  override saveContext(into: Int32Array): void {
    this.#isInside = true;
    super.saveContext(into);
  }
  override loadContext(from: Int32Array): void {
    this.#isInside = false;
    super.loadContext(from);
  }
  override waitForInterrupt(): void {
    this.#isInside = true;
    super.waitForInterrupt();
  }
  override readWord(paddr: number): number {
    if (++this.#accesses > MOST_ACCESSES) throw new Error("the kernel does not come to an end");
    return super.readWord(paddr);
  }
  override writeWord(paddr: number, value: number): void {
    super.writeWord(paddr, value);
    if (this.isWatching && this.#isInside) this.#words.push(paddr);
  }
  override clearMemory(paddr: number, bytes: number): void {
    super.clearMemory(paddr, bytes);
    if (this.isWatching && this.#isInside) this.#cleared.push({ paddr, bytes });
  }

  /**
   * Ends an entry.
   *
   * @throws Error when something was written that is no thread's buffer and no page table with a capability, or something
   *   cleared that is no untyped memory with a capability
   */
  check(state: KernelState): void {
    // A table that went with its last capability in the same entry lies in untyped memory again.
    const isSomebodys = (paddr: number, bytes: number): boolean =>
      isHeld(state, CapType.Untyped, paddr, bytes) ||
      isHeld(state, CapType.PageTable, paddr, bytes);
    this.checkThat((paddr) => isBuffer(state, paddr) || isSomebodys(paddr, 4), isSomebodys);
  }

  /**
   * Ends an entry of somebody who may only have some memory written to, and some cleared.
   *
   * @throws Error when anything else was
   */
  checkThat(
    mayWrite: (paddr: number) => boolean,
    mayClear: (paddr: number, bytes: number) => boolean,
  ): void {
    this.#accesses = 0;
    for (const paddr of this.#words)
      if (!mayWrite(paddr)) throw new Error(`a word at 0x${paddr.toString(16)} is nobody's`);
    for (const { paddr, bytes } of this.#cleared)
      if (!mayClear(paddr, bytes))
        throw new Error(`${bytes} bytes at 0x${paddr.toString(16)} are nobody's`);
    this.checked += this.#words.length + this.#cleared.length;
    this.#words.length = 0;
    this.#cleared.length = 0;
  }
}

function isBuffer({ objectsByPaddr }: KernelState, paddr: number): boolean {
  for (const object of objectsByPaddr.values()) {
    if (object.kind !== "tcb") continue;
    const cap = object.slots[2]?.cap;
    if (cap?.type !== CapType.Frame || cap.rights !== 3 || cap.isDevice) continue;
    const base = cap.paddr + (object.ipcBuffer % 2 ** cap.sizeBits);
    if (paddr >= base && paddr < base + BUFFER_BYTES) return true;
  }
  return false;
}

/** Whether a capability of that type covers the bytes. */
function isHeld(
  { objectsByPaddr }: KernelState,
  type: typeof CapType.PageTable | typeof CapType.Untyped,
  paddr: number,
  bytes: number,
): boolean {
  for (const object of objectsByPaddr.values()) {
    if (object.kind !== "cnode" && object.kind !== "tcb") continue;
    for (const { cap } of object.slots) {
      if (cap.type !== type) continue;
      const size = cap.type === CapType.Untyped ? 2 ** cap.sizeBits : TABLE_BYTES;
      if (paddr >= cap.paddr && paddr + bytes <= cap.paddr + size) return true;
    }
  }
  return false;
}
