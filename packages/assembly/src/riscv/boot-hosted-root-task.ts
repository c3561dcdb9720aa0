import {
  type HostedComponent,
  type HostedEntry,
  STUB_BYTES,
  stubWords,
  type Task,
  type UserContext,
} from "@cantrip/hosted";
import { type HostedError, Machine } from "@cantrip/hw-riscv";
import { sparrow } from "@cantrip/hw-riscv/platforms";
import { cantrip } from "@cantrip/sel4-config";
import { InitialCap } from "@cantrip/sel4-sys";
import { bootSel4, type BoundKernel } from "./boot-sel4.ts";
import { ChildAddress, RootTask } from "./hosted-root-task.ts";
import { sparrowPlatform } from "./sparrow-platform.ts";

const RAM_BYTES = 4 * 1024 * 1024;
const PAGE_BYTES = 4096;
const STEP_COST = 50;
const ROOT_IMAGE = 0x10000;
const ROOT_CELL = ROOT_IMAGE + PAGE_BYTES;

/** How to boot an initial task in TypeScript. */
export interface HostedRootTaskOptions {
  /** What the initial task does; then it suspends itself. */
  readonly main: (root: RootTask) => Task<void>;
  /** Code of its children: entry 1 and following. */
  readonly components?: readonly HostedComponent[];
  /** Bytes; 4 MiB when absent. */
  readonly ramSize?: number;
  /** Told of every hosted thread that threw, returned, faulted or was refused. */
  readonly onHostedError?: (error: HostedError) => void;
  /** Gets what the kernel's debug console prints. */
  readonly onConsole?: (byte: number) => void;
}

/** A machine with a kernel and an initial task in TypeScript. */
export interface HostedRootTaskSystem extends BoundKernel {
  readonly machine: Machine;
}

/** A component whose one thread runs `main`. */
export function oneThread(
  name: string,
  main: (context: UserContext) => Task<void>,
): HostedComponent {
  return { name, create: () => ({ run: (_thread, context) => main(context) }) };
}

/** The words of a child's text that run entry `n`. */
export function childStub(entry: number): readonly number[] {
  return stubWords(entry, ChildAddress.data);
}

/** Boots an initial task in TypeScript on the `sparrow` platform, with no component of CantripOS. */
export function bootHostedRootTask(options: HostedRootTaskOptions): HostedRootTaskSystem {
  const { main, components = [], ramSize = RAM_BYTES, onHostedError, onConsole } = options;
  const initial = oneThread("root", function* (context) {
    const root = new RootTask(context);
    yield* main(root);
    for (;;) yield* root.sel4.tcb.suspend(InitialCap.InitThreadTcb);
  });
  const entries = [initial, ...components].map((component): HostedEntry => ({
    component,
    thread: "main",
  }));
  const machine = new Machine({
    platform: sparrow({ ramSize }),
    hostedEntries: entries,
    hostedStepCost: STEP_COST,
    ...(onHostedError === undefined ? {} : { onHostedError }),
  });
  const bytes = new Uint8Array(2 * PAGE_BYTES);
  const view = new DataView(bytes.buffer, 0, STUB_BYTES);
  for (const [index, word] of stubWords(0, ROOT_CELL).entries())
    view.setUint32(index * 4, word, true);
  const console = {
    transmitNow: (byte: number): void => onConsole?.(byte),
    receive: (): void => undefined,
    drain: (): void => undefined,
  };
  const task = { bytes, vaddr: ROOT_IMAGE, entry: ROOT_IMAGE };
  const bound = bootSel4({ machine, console, platform: sparrowPlatform }, cantrip, task);
  return { ...bound, machine };
}
