import { ErrorCode } from "@cantrip/sel4-sys";
import { Exception, type KernelState } from "./state.ts";

/** Refuses an invocation with a code that needs no further words. */
export function refuse(kernel: KernelState, code: ErrorCode): Exception {
  kernel.syscallError.code = code;
  return Exception.SyscallError;
}

export function refuseArgument(kernel: KernelState, number: number): Exception {
  kernel.syscallError.invalidArgumentNumber = number;
  return refuse(kernel, ErrorCode.InvalidArgument);
}

export function refuseCap(kernel: KernelState, number: number): Exception {
  kernel.syscallError.invalidCapNumber = number;
  return refuse(kernel, ErrorCode.InvalidCapability);
}

/** @param maxHigh - upper half of the greatest value, where a number does not hold all of it */
export function refuseRange(kernel: KernelState, min: number, max: number, maxHigh = 0): Exception {
  kernel.syscallError.rangeMin = min;
  kernel.syscallError.rangeMax = max;
  kernel.syscallError.rangeMaxHigh = maxHigh;
  return refuse(kernel, ErrorCode.RangeError);
}

/** The lookup failure is in the kernel's state already. */
export function refuseLookup(kernel: KernelState, wasSource: boolean): Exception {
  kernel.syscallError.failedLookupWasSource = wasSource;
  return refuse(kernel, ErrorCode.FailedLookup);
}

export function refuseMemory(kernel: KernelState, bytesLeft: number): Exception {
  kernel.syscallError.memoryLeft = bytesLeft;
  return refuse(kernel, ErrorCode.NotEnoughMemory);
}
