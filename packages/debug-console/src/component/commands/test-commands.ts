import type { Task } from "@cantrip/hosted";
import { WordHeap } from "../../heap.ts";
import { type Command, Panic, type ShellOutput } from "../../shell.ts";
import type { CommandEnvironment } from "./command-support.ts";

const VECTOR_WORDS = 500;
/** More than the heap of any component. */
const TOO_MANY_WORDS = 16_384;
/** Bytes of the UART driver's circular buffer. */
const UART_BUFFER_BYTES = 512;
const NO_MEMORY = "memory allocation error\n";

/** Tests of the console's own memory and of the UART, and a panic. */
export function testCommands({ thread }: CommandEnvironment): Readonly<Record<string, Command>> {
  const newHeap = (): WordHeap => new WordHeap(thread.context, thread.birth.heap);
  return {
    *test_alloc(_args, output) {
      yield* testHeap(newHeap(), output);
    },
    *test_alloc_error(_args, output) {
      const address = newHeap().alloc(TOO_MANY_WORDS);
      yield* output.write(address === undefined ? NO_MEMORY : `vec at ${pointer(address)}\n`);
    },
    *test_panic() {
      yield* thread.sel4.debugPrint("panicked at 'testing'\n");
      throw new Panic("testing");
    },
    *test_uart(_args, output) {
      yield* output.write("testing...\n");
      // As much as the driver's buffer holds, and then more.
      yield* output.write(`${"ok".repeat(UART_BUFFER_BYTES / 2)}\n`);
      yield* output.write("no".repeat(UART_BUFFER_BYTES / 2 + 1));
      yield* output.write("Success!\n");
    },
  };
}

/** A number, a vector and a counted reference in the pages of the heap, through the MMU. */
function* testHeap(heap: WordHeap, output: ShellOutput): Task<void> {
  const box = heap.alloc(1);
  const vector = heap.alloc(VECTOR_WORDS);
  const counted = heap.alloc(1);
  if (box === undefined || vector === undefined || counted === undefined) {
    yield* output.write(NO_MEMORY);
    return;
  }
  heap.set(box, 41);
  yield* output.write(`heap_value at ${pointer(box)}\n`);
  for (let index = 0; index < VECTOR_WORDS; index++) heap.set(vector, index, index);
  yield* output.write(`vec at ${pointer(vector)}\n`);
  heap.set(counted, 1);
  heap.set(counted, heap.get(counted) + 1);
  yield* output.write(`current reference count is ${heap.get(counted)}\n`);
  heap.set(counted, heap.get(counted) - 1);
  yield* output.write(`reference count is ${heap.get(counted)} now\n`);
  let isSound = heap.get(box) === 41;
  for (let index = 0; index < VECTOR_WORDS; index++) {
    isSound &&= heap.get(vector, index) === index;
  }
  yield* output.write(
    isSound ? "All tests passed!\n" : "the heap does not keep what it is given\n",
  );
}

function pointer(address: number): string {
  return `0x${address.toString(16)}`;
}
