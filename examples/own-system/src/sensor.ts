import type { ComponentType } from "@cantrip/assembly";
import { rpcClient, RpcError, serveInterrupts } from "@cantrip/camkes-rpc";
import { CONTROL, SAMPLE } from "./gauge.ts";
import { samplesInterface } from "./interfaces.ts";

/** Reads the gauge whenever it interrupts, and hands each sample to the filter. */
export const sensor: ComponentType = {
  name: "Sensor",
  dataports: ["registers"],
  consumes: ["ready"],
  threadless: ["ready"],
  uses: ["samples"],
  interfaces: { samples: samplesInterface },
  program: {
    name: "Sensor",
    create: () => ({}),
    threads: {
      control: {
        *run(thread) {
          const { context, sel4 } = thread;
          const registers = thread.birth.dataports["registers"]?.address ?? 0;
          const filter = rpcClient(thread, "samples", samplesInterface);
          context.store32(registers + CONTROL, 1);
          yield* serveInterrupts(thread, "ready", {
            *ready() {
              const sample = context.load32(registers + SAMPLE);
              try {
                yield* filter.call("Add", sample);
              } catch (error) {
                if (!(error instanceof RpcError)) throw error;
                yield* sel4.debugPrint(`sample ${sample} lost: ${error.errorName}\n`);
              }
              return true;
            },
          });
        },
      },
    },
  },
};
