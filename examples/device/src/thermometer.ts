import type { DeviceDescription } from "@cantrip/hw-riscv";

/** A thermometer: register 0 is the temperature, register 4 the alarm's threshold; above it the interrupt line is high. */
export function thermometer(base: number, interrupt: number): DeviceDescription {
  return {
    name: "thermometer",
    base,
    size: 0x1000,
    interrupts: [interrupt],
    create({ clock, interrupts: [alarm] }) {
      let temperature = 20;
      let threshold = 100;
      const drive = (): void => alarm?.set(temperature > threshold);
      const warmUp = (): void => {
        temperature++;
        drive();
        clock.schedule(clock.now + clock.cyclesPerSecond / 10, warmUp);
      };
      clock.schedule(clock.cyclesPerSecond / 10, warmUp);
      return {
        read: (offset) => (offset === 0 ? temperature : threshold),
        write(offset, value) {
          if (offset === 4) threshold = value;
          drive();
        },
      };
    },
  };
}
