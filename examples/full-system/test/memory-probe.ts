import { extendSystem, type SystemDescription } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import type { ComponentThread } from "@cantrip/camkes-rpc";
import { PageFault, type Task } from "@cantrip/hosted";
import { CapType } from "@cantrip/sel4-kernel";
import {
  type BootInfo,
  CapRights,
  type CPath,
  InvocationError,
  readBootInfo,
} from "@cantrip/sel4-sys";

const PAGE_BYTES = 4096;
/** Pages below this address are tried; components have nothing above. */
const PROBED_BYTES = 0x4000000;
/** Where in a page is written: what little the components keep in theirs is elsewhere. */
const OFFSET = 0xff0;
/** An address of the probe for mega pages. */
const MEGA_ADDRESS = 0x10000000;
/** log2 of the slots of the largest CNode that is looked through. */
const MOST_CNODE_BITS = 12;

/** What a probe got at. */
export interface ProbeResult {
  /** Virtual addresses of pages that could be written, and what was written there. */
  readonly written: Map<number, number>;
  /** Virtual addresses of pages that could be read, though not written. */
  readonly readOnly: Set<number>;
  /** Physical addresses of frames that could be mapped with a capability, and written or, for devices, read. */
  readonly mapped: Set<number>;
  /** Physical addresses of devices' registers that were made into a frame again. */
  readonly remade: Set<number>;
  isDone: boolean;
}

/** What the probe of a component is to do besides. */
export interface ProbeOptions {
  /** Device registers to make frames of from untyped memory. */
  readonly devices?: readonly number[];
  /** Bytes to write to offset 0x1c of the first page that the UART's registers are mapped at. */
  readonly uart?: { readonly paddr: number; readonly bytes: string };
}

/** Sparrow, in which a component tries to get at all memory that there is instead of doing its work. */
export function systemWithProbe(
  component: string,
  options: ProbeOptions = {},
): { readonly system: SystemDescription; readonly result: ProbeResult } {
  const result: ProbeResult = {
    ...{ written: new Map(), readOnly: new Set(), mapped: new Set(), remade: new Set() },
    isDone: false,
  };
  const type = sparrow().components[component]?.type;
  if (type === undefined) throw new RangeError(component);
  const program = {
    name: component,
    create: () => undefined,
    threads: {
      control: {
        *run(thread: ComponentThread): Task<void> {
          yield* new Probe(thread, result, options).run();
          result.isDone = true;
        },
      },
    },
  };
  const system = extendSystem(sparrow(), {
    replace: { [component]: { type: { ...type, program } } },
  });
  return { system, result };
}

class Probe {
  readonly #thread: ComponentThread;
  readonly #result: ProbeResult;
  readonly #options: ProbeOptions;
  /** A page between others that nothing is mapped at. */
  readonly #scratch: number;
  readonly #spare: number;
  /** Slots from here on are free. */
  #next: number;

  constructor(thread: ComponentThread, result: ProbeResult, options: ProbeOptions) {
    this.#thread = thread;
    this.#result = result;
    this.#options = options;
    this.#scratch = thread.own.ipcBuffer + PAGE_BYTES;
    // Who receives the untyped memory has other slots free than its birth says.
    this.#next = this.#bootInfo()?.empty.start ?? thread.birth.firstSlot;
    this.#spare = this.#next++;
  }

  *run(): Task<void> {
    this.#tryAddresses();
    const { birth } = this.#thread;
    for (let slot = 1; slot < birth.lastSlot; slot++) yield* this.#tryCap(slot);
    for (const paddr of this.#options.devices ?? []) yield* this.#remake(paddr);
  }

  #tryAddresses(): void {
    const { context } = this.#thread;
    const { written, readOnly } = this.#result;
    for (let page = 0; page < PROBED_BYTES; page += PAGE_BYTES) {
      if (!survives(() => context.load32(page + OFFSET))) continue;
      const value = 0x5e000000 + page / PAGE_BYTES;
      if (
        survives(() => {
          context.store32(page + OFFSET, value);
        })
      )
        written.set(page, value);
      else readOnly.add(page);
    }
  }

  /** Looks at a capability of the component's own CNode, and through CNodes at more. */
  *#tryCap(slot: number): Task<void> {
    const { sel4 } = this.#thread;
    const type = yield* sel4.debugCapIdentify(slot);
    if (type === CapType.Frame) yield* this.#tryFrame(this.#path(slot));
    if (type !== CapType.CNode || slot === this.#thread.birth.selfCNode) return;
    for (let depth = 1; depth <= MOST_CNODE_BITS; depth++) {
      for (let index = 0; index < 2 ** depth; index++)
        yield* this.#tryFrame({ root: slot, index, depth });
    }
  }

  /** Copies a capability; if it is to a frame, maps it, and writes. */
  *#tryFrame(source: CPath): Task<void> {
    const { sel4 } = this.#thread;
    const spare = this.#path(this.#spare);
    if (!(yield* succeeds(sel4.cnode.copy(spare, source, CapRights.All)))) return;
    if ((yield* sel4.debugCapIdentify(this.#spare)) === CapType.Frame) {
      const paddr = yield* sel4.page.getAddress(this.#spare);
      for (const address of [this.#scratch, MEGA_ADDRESS])
        if (yield* this.#canUse(address)) this.#result.mapped.add(paddr);
    }
    yield* sel4.cnode.delete(spare);
  }

  /** Whether the frame in the spare slot can be mapped for writing and used. Flash refuses to be written, whoever tries. */
  *#canUse(address: number, isDevice = address === MEGA_ADDRESS): Task<boolean> {
    const { sel4, context, birth } = this.#thread;
    const args = {
      vspace: birth.selfVSpaceRoot,
      address,
      rights: CapRights.ReadWrite,
      executeNever: true,
    };
    if (!(yield* succeeds(sel4.page.map(this.#spare, args)))) return false;
    // What is there is put back: others use it. The first word of a device is a register that can be read.
    let word = 0;
    const canRead = survives(() => {
      word = context.load32(address);
    });
    const canWrite =
      canRead &&
      (isDevice ||
        survives(() => {
          context.store32(address, word);
        }));
    yield* succeeds(sel4.page.unmap(this.#spare));
    return canWrite;
  }

  /** Takes a device from whoever has it. */
  *#remake(paddr: number): Task<void> {
    const { sel4, birth, runtime } = this.#thread;
    const info = this.#bootInfo();
    if (info === undefined) return;
    const index = info.untypedList.findIndex(
      ({ isDevice, paddr: start, sizeBits }) =>
        isDevice && paddr >= start && paddr < start + 2 ** sizeBits,
    );
    const block = info.untypedList[index];
    if (block === undefined) return;
    const whole = info.untyped.start + index;
    let untyped = whole;
    yield* succeeds(sel4.cnode.revoke(this.#path(whole)));
    const first = this.#next;
    const { objectType } = runtime.config;
    let start = block.paddr;
    for (let bits = block.sizeBits - 1; bits >= 12; bits--) {
      const slot = this.#next;
      this.#next += 2;
      const made = yield* succeeds(
        sel4.untyped.retype(untyped, {
          ...{ type: objectType.untyped, sizeBits: bits, root: birth.selfCNode },
          ...{ nodeIndex: 0, nodeDepth: 0, nodeOffset: slot, count: 2 },
        }),
      );
      if (!made) return;
      const isUpper = paddr >= start + 2 ** bits;
      untyped = isUpper ? slot + 1 : slot;
      if (isUpper) start += 2 ** bits;
    }
    const isMade = yield* succeeds(
      sel4.untyped.retype(untyped, {
        ...{ type: objectType.page4K, sizeBits: 0, root: birth.selfCNode },
        ...{ nodeIndex: 0, nodeDepth: 0, nodeOffset: this.#spare, count: 1 },
      }),
    );
    if (isMade && (yield* this.#canUse(this.#scratch, true))) this.#result.remade.add(paddr);
    if (isMade && this.#options.uart?.paddr === paddr) yield* this.#print(this.#options.uart.bytes);
    yield* succeeds(sel4.cnode.revoke(this.#path(whole)));
    this.#next = first;
  }

  #bootInfo(): BootInfo | undefined {
    const { birth, context, runtime } = this.#thread;
    if (birth.bootInfo === undefined) return undefined;
    const page = new Uint8Array(PAGE_BYTES);
    context.copyIn(birth.bootInfo, page);
    return readBootInfo(page, runtime.config);
  }

  *#print(bytes: string): Task<void> {
    const { sel4, context, birth } = this.#thread;
    const args = {
      ...{ vspace: birth.selfVSpaceRoot, address: this.#scratch },
      ...{ rights: CapRights.ReadWrite, executeNever: true },
    };
    yield* sel4.page.map(this.#spare, args);
    for (const byte of bytes) context.store32(this.#scratch + 0x1c, byte.charCodeAt(0));
    yield* sel4.page.unmap(this.#spare);
  }

  #path(index: number): CPath {
    const { birth, runtime } = this.#thread;
    return { root: birth.selfCNode, index, depth: runtime.config.wordBits };
  }
}

function survives(access: () => void): boolean {
  try {
    access();
    return true;
  } catch (error) {
    if (error instanceof PageFault) return false;
    throw error;
  }
}

function* succeeds(task: Task<void>): Task<boolean> {
  try {
    yield* task;
    return true;
  } catch (error) {
    if (error instanceof InvocationError) return false;
    throw error;
  }
}
