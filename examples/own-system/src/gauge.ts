import type { DeviceDescription } from "@cantrip/hw-riscv";

/** Register: writing 1 starts the gauge. */
export const CONTROL = 0;
/** Register: the latest sample. Reading it lowers the interrupt line. */
export const SAMPLE = 4;
/** Samples in a virtual second. */
const RATE = 20;

/** What is measured: a level of 200 with noise of 0 to 22. */
export function sampleAt(index: number): number {
  return 200 + ((index * 37) % 23);
}

/** A gauge with an interrupt for each sample. */
export function gauge(base: number, interrupt: number): DeviceDescription {
  return {
    name: "gauge",
    base,
    size: 0x1000,
    interrupts: [interrupt],
    create({ clock, interrupts: [ready] }) {
      let isRunning = false;
      let count = 0;
      const later = (): void => {
        clock.schedule(clock.now + clock.cyclesPerSecond / RATE, measure);
      };
      const measure = (): void => {
        count++;
        ready?.set(true);
        later();
      };
      return {
        read(offset) {
          if (offset !== SAMPLE || count === 0) return 0;
          ready?.set(false);
          return sampleAt(count - 1);
        },
        write(offset, value) {
          if (offset !== CONTROL || value !== 1 || isRunning) return;
          isRunning = true;
          later();
        },
      };
    },
  };
}
