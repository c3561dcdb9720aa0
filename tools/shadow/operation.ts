/** One system call of whichever thread runs, with what it has in its registers and in its IPC buffer. */
export interface Operation {
  /** What it is meant to be, for who reads it. */
  readonly name: string;
  /** Number of the system call: `a7`. */
  readonly syscall: number;
  /** `a0` */
  readonly cptr: number;
  /** Label of the message; 0 where it is none. */
  readonly label?: number;
  readonly words?: readonly number[];
  readonly caps?: readonly number[];
  /** `a6` of system calls that receive: the reply object; of the two-phase ones that wait, where to send. */
  readonly reply?: number;
  /** `t0` of NBSendRecv: where to send. */
  readonly destination?: number;
  /** Offset of the instruction in the task's code; that of the system call when absent. */
  readonly code?: number;
  /** Interrupt whose line is raised before. */
  readonly interrupt?: number;
  /** Slot of the root CNode that takes a capability that is received. */
  readonly receiveSlot?: number;
}

/** An operation on a line. */
export function operationText({
  name,
  cptr,
  label = 0,
  words = [],
  caps = [],
  ...rest
}: Operation): string {
  const parts = [`${name} ${cptr}`, `label ${label}`];
  if (words.length > 0)
    parts.push(`words ${words.map((word) => `0x${word.toString(16)}`).join(" ")}`);
  if (caps.length > 0) parts.push(`caps ${caps.join(" ")}`);
  if (rest.reply !== undefined) parts.push(`reply ${rest.reply}`);
  if (rest.destination !== undefined) parts.push(`destination ${rest.destination}`);
  if (rest.receiveSlot !== undefined) parts.push(`receives in ${rest.receiveSlot}`);
  if (rest.interrupt !== undefined) parts.push(`while interrupt ${rest.interrupt} is raised`);
  return parts.join(", ");
}
