import { deviceMemory } from "./device-memory.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { Hart } from "./hart.ts";
import type { InterruptLines } from "./interrupt-lines.ts";
import type { MachineOptions } from "./machine-options.ts";
import type { DeviceClock, DeviceDescription, DeviceEnvironment } from "./platform.ts";

/** What a device is connected to in a machine. */
export function deviceEnvironment(
  description: DeviceDescription,
  machine: {
    readonly clock: DeviceClock;
    readonly hart: Hart;
    readonly lines: InterruptLines;
    readonly memory: GuestMemory;
    readonly options: Pick<MachineOptions, "contents" | "flash">;
    readonly halt: (reason: string) => void;
  },
): DeviceEnvironment {
  const { clock, hart, lines, memory, options, halt } = machine;
  return {
    clock,
    interrupts: (description.interrupts ?? []).map((source) => lines.line(source)),
    contents:
      options.contents?.[description.name] ??
      (description.name === "flash" ? options.flash : undefined),
    memory: deviceMemory(memory),
    hartLine: (interrupt) => ({
      set: (level) => {
        hart.setLine(interrupt, level);
      },
    }),
    setInterruptSink: (sink) => {
      lines.sink = sink;
    },
    setTimeSource: (read) => {
      hart.timeSource = read;
    },
    halt,
  };
}
