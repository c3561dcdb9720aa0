import type { UserContext } from "@cantrip/hosted";
import {
  VC_TOP_CTRL_RESET,
  VC_TOP_INTERRUPTS,
  VC_TOP_WINDOW_STRIDE,
  VC_TOP_WINDOWS,
  VcTopRegister,
  VcTopWindow,
} from "@cantrip/hw-ml-accel/registers";

/** Driver of the Springbok core's control block. Corresponds to `MlCore`. */
export class SpringbokDriver {
  readonly #context: UserContext;
  readonly #address: number;

  /**
   * @param context - of the thread that uses the driver; another thread makes its own
   * @param address - virtual address of the control registers
   */
  constructor(context: UserContext, address: number) {
    this.#context = context;
    this.#address = address;
  }

  /** Holds the core in reset, forgets old interrupts and enables all. */
  setup(): void {
    this.reset();
    this.#write(VcTopRegister.INTR_ENABLE, VC_TOP_INTERRUPTS);
  }

  /** Stops the core and clears what it raised. */
  reset(): void {
    this.#write(VcTopRegister.CTRL, VC_TOP_CTRL_RESET);
    this.#write(VcTopRegister.INTR_STATE, VC_TOP_INTERRUPTS);
  }

  /** Starts the core at the first word of its text. */
  run(): void {
    this.#write(VcTopRegister.CTRL, 0);
  }

  /** Clears one interrupt; returns whether the core had raised it. */
  take(interrupt: number): boolean {
    const isRaised =
      (this.#context.load32(this.#address + VcTopRegister.INTR_STATE) & interrupt) !== 0;
    this.#write(VcTopRegister.INTR_STATE, interrupt);
    return isRaised;
  }

  /**
   * Lets the core see memory through a window.
   *
   * @param start - physical address
   * @param bytes - 0 closes the window
   * @param permissions - `VcTopPermission` bits
   */
  setWindow(index: number, start: number, bytes: number, permissions: number): void {
    const window = VC_TOP_WINDOWS + index * VC_TOP_WINDOW_STRIDE;
    this.#write(window + VcTopWindow.PERMISSIONS, 0);
    if (bytes === 0) return;
    this.#write(window + VcTopWindow.START_ADDRESS, start);
    this.#write(window + VcTopWindow.LENGTH, bytes - 1);
    this.#write(window + VcTopWindow.PERMISSIONS, permissions);
  }

  #write(offset: number, value: number): void {
    this.#context.store32(this.#address + offset, value);
  }
}
