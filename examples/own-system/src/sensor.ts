import type { ComponentType } from "@cantrip/assembly";
import {
  type ComponentThread,
  type RpcClient,
  rpcClient,
  RpcError,
  serveInterrupts,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { CONTROL, SAMPLE, STATUS } from "./gauge.ts";
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
          const filter = filterOf(thread);
          thread.context.store32(registersOf(thread) + CONTROL, 1);
          yield* serveInterrupts(thread, "ready", {
            *ready() {
              yield* handOn(thread, filter);
              return true;
            },
          });
        },
      },
    },
  },
};

/** The same without an interrupt: asks the gauge whether there is something, and lets others run when there is not. */
export const pollingSensor: ComponentType = {
  name: "PollingSensor",
  dataports: ["registers"],
  uses: ["samples"],
  interfaces: { samples: samplesInterface },
  program: {
    name: "PollingSensor",
    create: () => ({}),
    threads: {
      control: {
        *run(thread) {
          const { context, sel4 } = thread;
          const filter = filterOf(thread);
          const registers = registersOf(thread);
          context.store32(registers + CONTROL, 1);
          for (;;) {
            if (context.load32(registers + STATUS) === 0) yield* sel4.yield();
            else yield* handOn(thread, filter);
          }
        },
      },
    },
  },
};

function registersOf(thread: ComponentThread): number {
  return thread.birth.dataports["registers"]?.address ?? 0;
}

type Filter = RpcClient<typeof samplesInterface>;

function filterOf(thread: ComponentThread): Filter {
  return rpcClient(thread, "samples", samplesInterface);
}

/** Hands a sample to the filter, or says that it is lost. */
function* handOn(thread: ComponentThread, filter: Filter): Task<void> {
  const { context, sel4 } = thread;
  const sample = context.load32(registersOf(thread) + SAMPLE);
  try {
    yield* filter.call("Add", sample);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    yield* sel4.debugPrint(`sample ${sample} lost: ${error.errorName}\n`);
  }
}
