import { ECALL, type StepEnd, Steps, type Task, type UserContext } from "@cantrip/hosted";

/** Registers and a flat memory, standing in for a hart. */
export class FakeContext implements UserContext {
  readonly registers: Uint32Array = new Uint32Array(32);
  readonly memory: Uint8Array = new Uint8Array(0x10000);
  readonly #view = new DataView(this.memory.buffer);

  register(index: number): number {
    return this.registers[index] ?? 0;
  }
  setRegister(index: number, value: number): void {
    if (index === 0 || index === 27) throw new RangeError(`register ${index}`);
    this.registers[index] = value;
  }
  load8(address: number): number {
    return this.#view.getUint8(address);
  }
  load16(address: number): number {
    return this.#view.getUint16(address, true);
  }
  load32(address: number): number {
    return this.#view.getUint32(address, true);
  }
  store8(address: number, value: number): void {
    this.#view.setUint8(address, value);
  }
  store16(address: number, value: number): void {
    this.#view.setUint16(address, value, true);
  }
  store32(address: number, value: number): void {
    this.#view.setUint32(address, value, true);
  }
  copyIn(address: number, target: Uint8Array): void {
    target.set(this.memory.subarray(address, address + target.length));
  }
  copyOut(address: number, source: Uint8Array): void {
    this.memory.set(source, address);
  }
  fill(address: number, length: number, value: number): void {
    this.memory.fill(value, address, address + length);
  }
  *touch(): Task<void> {
    // Everything is mapped.
  }
}

/** What a system call left in the registers. */
export interface SeenCall {
  readonly number: number;
  readonly a0: number;
  readonly a1: number;
  readonly message: readonly number[];
  readonly a6: number;
  readonly t0: number;
}

/** The system call that `context` is making. */
export function seenCall(context: FakeContext): SeenCall {
  const { registers } = context;
  return {
    number: (registers[17] ?? 0) | 0,
    a0: registers[10] ?? 0,
    a1: registers[11] ?? 0,
    message: Array.from(registers.subarray(12, 16)),
    a6: registers[16] ?? 0,
    t0: registers[5] ?? 0,
  };
}

/** Runs a task; `kernel` answers each system call by changing the context. */
export function runWithKernel<T>(
  task: Task<T>,
  kernel: (index: number, end: StepEnd) => void,
): { readonly value: T; readonly calls: number } {
  const iterator = new Steps(task);
  for (let calls = 0; ; calls++) {
    const step = iterator.next();
    if (step.done === true) return { value: step.value, calls };
    if (step.value !== ECALL) throw new Error(`unexpected step end "${step.value.kind}"`);
    kernel(calls, step.value);
  }
}
