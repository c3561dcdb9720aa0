/** Labels of fault messages on MCS kernels (`seL4_Fault_*`). */
const FaultLabel = {
  NullFault: 0,
  CapFault: 1,
  UnknownSyscall: 2,
  UserException: 3,
  Timeout: 5,
  VMFault: 6,
} as const;

/** First label that is a request of the SDK and not a fault. */
export const FIRST_REQUEST_LABEL = 64;

/** A line for the log; an empty target is printed as such. */
export interface FaultLine {
  readonly target: string;
  readonly text: string;
}

/**
 * What the log says of a fault message.
 *
 * Texts follow the debug build of `cantrip-sdk-runtime`; the application's name comes in front.
 *
 * @param label - label of the message
 * @param registers - its message registers
 */
export function describeFault(
  appId: string,
  label: number,
  registers: readonly number[],
): FaultLine[] {
  const word = (index: number): number => registers[index] ?? 0;
  const line = (text: string): FaultLine => ({ target: `[${appId}]`, text });
  switch (label) {
    case FaultLabel.NullFault:
      return [line("normal exit or termination")];
    case FaultLabel.CapFault:
      return [line(`invalid capability ${hex(word(1))} at ${hex(word(0))}`)];
    case FaultLabel.UnknownSyscall:
      return [line(`unknown syscall ${word(10) | 0} at ${hex(word(0))}`)];
    case FaultLabel.UserException:
      return [line(`user exception ${word(2)} at ${hex(word(0))}`)];
    case FaultLabel.Timeout:
      return [line("application timed out")];
    case FaultLabel.VMFault:
      return [
        line("virtual-memory fault:"),
        { target: "", text: `IP       ${hex(word(0))}` },
        { target: "", text: `Addr     ${hex(word(1))}` },
        { target: "", text: `Prefetch 0x${word(2).toString(16)}` },
        { target: "", text: `FSR      0x${word(3).toString(16)}` },
        { target: "", text: `Length   0x${registers.length.toString(16)}` },
      ];
    default:
      return [line(`fault ${label}`)];
  }
}

/** `{:#010x}`: eight digits. */
function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}
