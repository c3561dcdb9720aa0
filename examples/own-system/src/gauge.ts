import type { DeviceDescription } from "@cantrip/hw-riscv";

/** Register: writing 1 starts the gauge. */
export const CONTROL = 0;
/** Register: the latest sample. Reading it lowers the interrupt line. */
export const SAMPLE = 4;
/** Register: 1 while there is a sample that nobody has read, as the interrupt line has it. */
export const STATUS = 8;
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
      let isReady = false;
      let count = 0;
      const later = (): void => {
        clock.schedule(clock.now + clock.cyclesPerSecond / RATE, measure);
      };
      const setReady = (level: boolean): void => {
        isReady = level;
        ready?.set(level);
      };
      const measure = (): void => {
        count++;
        setReady(true);
        later();
      };
      return {
        read(offset) {
          if (offset === STATUS) return isReady ? 1 : 0;
          if (offset !== SAMPLE || count === 0) return 0;
          setReady(false);
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
