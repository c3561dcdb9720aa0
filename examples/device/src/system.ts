import type { SystemDescription } from "@cantrip/assembly";
import { serveInterrupts } from "@cantrip/camkes-rpc";
import { cantrip } from "@cantrip/sel4-config";

const TEMPERATURE = 0;
const THRESHOLD = 4;

/** Where the thermometer is. */
export const THERMOMETER = { base: 0x54200000, interrupt: 20 } as const;

/** A thermometer and its driver, and nothing else: no service of CantripOS. */
export const system: SystemDescription = {
  name: "thermometer",
  kernel: cantrip,
  platform: "sparrow",
  components: {
    thermometer: {
      type: { name: "Thermometer", hardware: true, dataports: ["csr"], emits: ["alarm"] },
      memory: { csr: { paddr: THERMOMETER.base, size: 0x1000 } },
      interrupts: { alarm: THERMOMETER.interrupt },
    },
    driver: {
      type: {
        name: "ThermometerDriver",
        dataports: ["csr"],
        consumes: ["alarm"],
        threadless: ["alarm"],
        program: {
          name: "ThermometerDriver",
          create: () => ({}),
          threads: {
            control: {
              *run(thread) {
                const csr = thread.birth.dataports["csr"]?.address ?? 0;
                const { context, sel4 } = thread;
                context.store32(csr + THRESHOLD, 25);
                yield* sel4.debugPrint(`${context.load32(csr + TEMPERATURE)} degrees\n`);
                yield* serveInterrupts(thread, "alarm", {
                  *alarm() {
                    const degrees = context.load32(csr + TEMPERATURE);
                    context.store32(csr + THRESHOLD, degrees + 4);
                    yield* sel4.debugPrint(`alarm at ${degrees} degrees\n`);
                    return true;
                  },
                });
              },
            },
          },
        },
      },
    },
  },
  connections: [
    { name: "csr", connector: "cantripMMIO", from: ["driver.csr"], to: "thermometer.csr" },
    { name: "alarm", connector: "cantripIRQ", from: ["thermometer.alarm"], to: "driver.alarm" },
  ],
};
