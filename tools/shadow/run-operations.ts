import type { SystemPlatform } from "@cantrip/assembly/riscv";
import type { KernelConfig } from "@cantrip/sel4-config";
import { InitialCap, messageLabel } from "@cantrip/sel4-sys";
import { firstOperations } from "./first-operations.ts";
import type { Operation } from "./operation.ts";
import { RandomOperations } from "./random-operations.ts";
import { issue, READY_PC, scriptedTask } from "./scripted-task.ts";
import { type Divergence, ShadowedKernel } from "./shadowed-kernel.ts";

const A1 = 11;
/** Virtual seconds of which so many may pass without a new operation: clearing memory takes long. */
const PERIOD = 0.01;
const MOST_QUIET = 30;
/** So many exits of the kernel in a row may go elsewhere than to the next operation. */
const MOST_QUIET_EXITS = 300;

/** A kernel to compare with its model. */
export interface ShadowedBoard {
  readonly kernelImage: Uint8Array;
  readonly config: KernelConfig;
  readonly platform: SystemPlatform;
  /** Interrupts that nothing is connected to, and that the kernel can handle. */
  readonly interruptLines?: readonly number[];
}

/** What a run of operations came to. */
export interface OperationRun {
  readonly operations: readonly Operation[];
  /** Invocations among them, and those that the kernel answered without an error. */
  readonly invocations: number;
  readonly succeeded: number;
  readonly exits: number;
  /** Operations of other threads than the initial one. */
  readonly others: number;
  /** Calls that the kernel answered on its fast path. */
  readonly fastCalls: number;
  /** Traps into the kernel by cause (`scause`). */
  readonly causes: ReadonlyMap<number, number>;
  readonly divergence: Divergence | undefined;
  /** A defect of the real kernel, which ends a run. */
  readonly kernelDefect: string | undefined;
}

export interface OperationRunOptions {
  readonly hasFastPath?: boolean;
  readonly everyExit?: number;
}

/** Draws operations by a seed and issues them, until there are so many or nobody can run any more. */
export function runRandom(
  board: ShadowedBoard,
  seed: number,
  count: number,
  options: OperationRunOptions = {},
): OperationRun {
  let random: RandomOperations | undefined;
  const first: Operation[] = [];
  return runOperations(board, options, ({ model: { state } }, index) => {
    if (index === 0) first.push(...firstOperations(state));
    // The thread that runs at first is the initial one.
    random ??= new RandomOperations(state, seed, board.interruptLines);
    if (index < first.length) return first[index];
    return index < count + first.length ? random.next() : undefined;
  });
}

/** Issues a list of operations, each to whichever thread runs then. */
export function runList(
  board: ShadowedBoard,
  list: readonly Operation[],
  options: OperationRunOptions = {},
): OperationRun {
  return runOperations(board, options, (_, index) => list[index]);
}

function runOperations(
  board: ShadowedBoard,
  options: OperationRunOptions,
  next: (shadow: ShadowedKernel, index: number) => Operation | undefined,
): OperationRun {
  const operations: Operation[] = [];
  /** What each thread is in the middle of. */
  const open = new Map<number, Operation>();
  let invocations = 0;
  let succeeded = 0;
  let others = 0;
  let quietExits = 0;
  let root = 0;
  let isOver = false;
  const shadow = new ShadowedKernel({
    ...{ ...board, ...options, initialTask: scriptedTask() },
    onUserExit: (self) => {
      if (self.machine.pc !== READY_PC) {
        // Somebody's fault is answered again and again: nothing new comes of it.
        if (++quietExits < MOST_QUIET_EXITS) return;
        isOver = true;
        self.stop();
        return;
      }
      quietExits = 0;
      const { state } = self.model;
      const last = open.get(state.current.paddr);
      if (last?.syscall === state.config.syscall.call) {
        invocations++;
        if (messageLabel((self.machine.registers[A1] ?? 0) >>> 0) === 0) succeeded++;
      }
      const operation = next(self, operations.length);
      if (operation === undefined) {
        isOver = true;
        self.stop();
        return;
      }
      if (root === 0) root = state.current.paddr;
      if (root !== state.current.paddr) others++;
      operations.push(operation);
      open.set(state.current.paddr, operation);
      if (operation.interrupt !== undefined) self.raise(operation.interrupt);
      issue(self.machine, state, InitialCap.InitThreadCNode, operation);
    },
  });
  const isDone = (): boolean =>
    isOver || shadow.divergence !== undefined || shadow.kernelDefect !== undefined;
  for (let quiet = 0; quiet < MOST_QUIET && !isDone() && !isAsleep(shadow); quiet++) {
    const before = operations.length;
    shadow.run(PERIOD);
    if (operations.length > before) quiet = 0;
  }
  const { exits, fastCalls, causes, divergence, kernelDefect } = shadow;
  const counts = { invocations, succeeded, exits, others, fastCalls, causes };
  return { operations, ...counts, divergence, kernelDefect };
}

/** Nobody runs, and nobody will. */
function isAsleep({ exits, model: { state } }: ShadowedKernel): boolean {
  return exits > 1 && state.current === state.idle && state.scheduler.releaseHead === null;
}
