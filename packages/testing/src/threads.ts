import type { BootedSystem } from "@cantrip/assembly/riscv";
import { CapType, type CNode, TcbSlot, type Tcb } from "@cantrip/sel4-kernel";

/** There is no such thread, or it lacks what is asked for. */
export class NoSuchThread extends Error {
  override readonly name = "NoSuchThread";
}

/** Every thread, the youngest first. */
export function threadsOf(system: BootedSystem): Tcb[] {
  const threads: Tcb[] = [];
  for (let tcb = system.kernel.state.debugThreads; tcb !== null; tcb = tcb.debugNext)
    threads.push(tcb);
  return threads;
}

/**
 * Finds a thread by the name that `ps` prints, or any thread of a component by the component's name.
 *
 * @throws NoSuchThread naming those that there are
 */
export function threadOf(system: BootedSystem, name: string): Tcb {
  const threads = threadsOf(system);
  const found =
    threads.find((tcb) => tcb.name === name) ??
    threads.find((tcb) => tcb.name.startsWith(`${name}_`));
  if (found !== undefined) return found;
  const names = threads.map((tcb) => tcb.name).sort();
  throw new NoSuchThread(`no thread or component "${name}"; there are ${names.join(", ")}`);
}

/** The root CNode of a thread. @throws NoSuchThread when it has none */
export function rootCNodeOf(tcb: Tcb): CNode {
  const cap = tcb.slots[TcbSlot.CTable]?.cap;
  if (cap?.type !== CapType.CNode) throw new NoSuchThread(`${tcb.name} has no CSpace`);
  return cap.object;
}

/** Physical address of the root page table of a thread. @throws NoSuchThread when it has none */
export function rootTableOf(tcb: Tcb): number {
  const cap = tcb.slots[TcbSlot.VTable]?.cap;
  if (cap?.type !== CapType.PageTable) throw new NoSuchThread(`${tcb.name} has no VSpace`);
  return cap.paddr;
}
