import {
  CapType,
  type KernelObject,
  type KernelState,
  type Slot,
  type Tcb,
} from "@cantrip/sel4-kernel";
import { type Closure, closureOf, derivationOrder } from "./closure.ts";
import { GuardedSpace } from "./guarded-space.ts";
import type { KernelWorld } from "./kernel-world.ts";
import { addFields } from "./state-snapshot.ts";

/** Less than that of whoever else can run. */
export const VICTIM_PRIORITY = 10;
const LONG_US = 100_000_000;
/** Neighbours in queues that are everybody's, and in the list of all threads. Whether it is in one is a field, too. */
const SHARED = new Set(["schedNext", "schedPrev", "debugNext", "debugPrev"]);

/**
 * Threads with a CSpace, an address space and objects that nobody else has capabilities to. One is ready and does not
 * come to run, one waits for a period to begin; one waits for messages, one for its answer, one for a notification, one
 * for a receiver, and one for a handler of its fault. There are a signal that nobody took, untyped memory of which half
 * is used, and a page full of numbers.
 */
export class Victim {
  readonly space: GuardedSpace;
  readonly closure: Closure;
  /** CPtr of its untyped memory in the initial task's CSpace, and of a thread. */
  readonly untyped: number;
  readonly tcb: number;
  /** Physical address of the page. */
  readonly page: number;
  readonly #world: KernelWorld;
  readonly #memory: Uint32Array;
  readonly #lines: string[] = [];

  /** @param letRun - lets threads run, each doing what `act` does, until that is `false`; then the initial task goes on */
  constructor(world: KernelWorld, letRun: (act: () => boolean) => void) {
    this.#world = world;
    const { objectType, syscall } = world.config;
    const space = new GuardedSpace(world);
    this.space = space;
    this.#memory = new Uint32Array(space.land.bytes / 4);
    const endpoint = (): number => space.make(objectType.endpoint);
    const faults = endpoint();
    const requests = space.give(endpoint());
    const nothing = space.give(endpoint());
    const notification = space.give(space.make(objectType.notification));
    const signalled = space.give(space.make(objectType.notification));
    const replies = [
      space.give(space.make(objectType.reply)),
      space.give(space.make(objectType.reply)),
    ];
    const page = space.make(objectType.page4K);
    this.page = world.typed(page, CapType.Frame).paddr;
    for (let at = 0; at < 4096; at += 4)
      world.port.writeWord(this.page + at, (at * 0x9e3779b1) >>> 0);
    space.give(page);
    const untyped = space.make(objectType.untyped, 13);
    const half = world.create(objectType.untyped, 12, untyped);
    space.give(untyped);
    this.untyped = world.mint(half, 0);
    space.give(half);
    // Each makes its call as soon as it runs for the first time, in the order of their priorities.
    const calls: (() => void)[] = [
      () => {
        world.syscall(syscall.recv, requests, { reply: replies[0] ?? 0 });
      },
      () => {
        world.syscall(syscall.call, requests, { words: [11, 12, 13, 14, 15] });
      },
      () => {
        world.syscall(syscall.wait, notification);
      },
      () => {
        world.syscall(syscall.send, nothing, { words: [21, 22, 23, 24, 25, 26] });
      },
      () => {
        world.exception(13, 0x12345000);
      },
      () => {
        world.syscall(syscall.send, signalled);
        world.syscall(syscall.yield, 0);
      },
    ];
    const threads = calls.map((_, index) => {
      const isSleeper = index === calls.length - 1;
      return space.thread(100 - index, 1000, isSleeper ? LONG_US : 1000, faults);
    });
    threads.push(space.thread(VICTIM_PRIORITY, 1000, 1000, faults));
    space.give(faults);
    const ready = threads.at(-1)?.tcb ?? 0;
    this.tcb = ready;
    const tcbs = threads.map(({ tcb }) => world.typed(tcb, CapType.Thread).object);
    const spent = new Set<Tcb>();
    letRun(() => {
      const { current } = world;
      const index = tcbs.indexOf(current);
      const call = calls[index];
      if (call === undefined || current === world.root) return false;
      // The server has got its request: it waits for more, without an answer.
      if (spent.has(current)) world.syscall(syscall.recv, requests, { reply: replies[1] ?? 0 });
      else {
        spent.add(current);
        call();
      }
      return true;
    });
    this.closure = closureOf(world.typed(ready, CapType.Thread).object, world.kernel.state);
  }

  /** Objects, capabilities, registers and which queues it is in. */
  #text(state: KernelState): string[] {
    const lines: string[] = [];
    for (const object of this.closure.objects) this.#addObject(lines, object, state);
    const order = derivationOrder(state).filter(({ owner }) => this.#isOwn(owner));
    lines.push(`derivations ${order.map((slot) => nameOf(slot)).join(" ")}`);
    return lines;
  }

  /** From now on nothing of it may change. */
  remember(state: KernelState): void {
    const { base } = this.space.land;
    this.#memory.forEach((_, index) => {
      this.#memory[index] = this.#world.port.readWord(base + index * 4);
    });
    this.#lines.splice(0, this.#lines.length, ...this.#text(state));
  }

  /**
   * Whether all there is to know of it is as it was.
   *
   * @throws Error with what is not
   */
  check(state: KernelState): void {
    const { base, bytes } = this.space.land;
    this.#memory.forEach((word, index) => {
      if (this.#world.port.readWord(base + index * 4) !== word)
        throw new Error(`the victim's word at 0x${(base + index * 4).toString(16)} changed`);
    });
    for (const [paddr, object] of state.objectsByPaddr)
      if (paddr >= base && paddr < base + bytes && !this.closure.objects.has(object))
        throw new Error(`the ${object.kind} of 0x${paddr.toString(16)} is in the victim's memory`);
    const now = this.#text(state);
    const at = this.#lines.findIndex((line, index) => line !== now[index]);
    if (at !== -1) throw new Error(`of the victim, ${this.#lines[at] ?? ""} is ${now[at] ?? ""}`);
    if (now.length !== this.#lines.length) throw new Error("there is more of the victim");
  }

  #addObject(lines: string[], object: KernelObject, { objectsByPaddr }: KernelState): void {
    const name = `${object.kind} ${object.paddr.toString(16)}`;
    if (objectsByPaddr.get(object.paddr) !== object) lines.push(`${name} is gone`);
    addFields(lines, name, object, SHARED);
    if (object.kind !== "cnode" && object.kind !== "tcb") return;
    for (const slot of object.slots) {
      if (slot.cap.type === CapType.Null) continue;
      addFields(lines, `${nameOf(slot)} ${slot.isRevocable} ${slot.isFirstBadged}`, slot.cap);
    }
  }

  #isOwn(owner: KernelObject | null): boolean {
    return owner !== null && this.closure.objects.has(owner);
  }
}

function nameOf({ owner, index }: Slot): string {
  return `slot ${(owner?.paddr ?? 0).toString(16)} ${index}`;
}
