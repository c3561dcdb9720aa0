import type { Task } from "./task.ts";
import type { UserContext } from "./user-context.ts";

/** The code of a component: makes an instance when the component's cell in memory is zero. */
export interface HostedComponent {
  /** For reports. */
  readonly name: string;
  /** Makes the object that the threads of one instance share, as they share their memory. */
  create(): HostedInstance;
}

/** One life of a component; its threads share it as they share memory. */
export interface HostedInstance {
  /** Starts the thread with the given name. The task never returns in a well-behaved component. */
  run(thread: string, context: UserContext): Task<void>;
}

/** What `hosted n` names: a thread of a component. Entries are code and hold no state. */
export interface HostedEntry {
  readonly component: HostedComponent;
  readonly thread: string;
}

/** Most entries that one machine can have: the immediate of `hosted n` has 12 bits. */
export const MAX_HOSTED_ENTRIES = 4096;

/** Entries of a machine from here on are those of applications, which are not in its boot image. */
export const APPLICATION_ENTRIES = 3840;

/** Encodes `hosted n`: opcode custom-0, everything but the 12-bit immediate zero. */
export function hostedInstruction(entry: number): number {
  if (!Number.isInteger(entry) || entry < 0 || entry >= MAX_HOSTED_ENTRIES) {
    throw new RangeError(
      `hosted entry ${String(entry)} is not in 0..${String(MAX_HOSTED_ENTRIES - 1)}`,
    );
  }
  return ((entry << 20) | 0x0b) >>> 0;
}

/** Bytes of one stub; stubs are aligned to their size. */
export const STUB_BYTES = 16;

/**
 * The four words of a thread's stub: `hosted n; ecall; j .-8; .word cell`.
 *
 * @param entry - the entry that the stub runs, 0..4095
 * @param cell - virtual address of the component's instance cell: 8 bytes, 8-aligned, writable, zero in the image
 */
export function stubWords(entry: number, cell: number): readonly [number, number, number, number] {
  if ((cell & 7) !== 0) throw new RangeError(`cell 0x${cell.toString(16)} is not 8-aligned`);
  return [hostedInstruction(entry), 0x00000073, 0xff9ff06f, cell >>> 0];
}
