import {
  type ComponentDefinition,
  type ComponentThread,
  RpcClient,
  RpcFailure,
  serve,
  serveInterrupts,
  waitNotification,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { VcTopInterrupt } from "@cantrip/hw-ml-accel/registers";
import { mlCoordinatorInterface, MlRunFailure } from "@cantrip/interfaces/ml-coordinator";
import { timerInterface } from "@cantrip/interfaces/timer";
import { Logger } from "@cantrip/logger";
import { MlFailure } from "../ml-failure.ts";
import { Coordinator, type CoordinatorState, newState, TARGET } from "./coordinator.ts";

/** Interrupts of the core, shared by one thread. */
function serveCore(thread: ComponentThread, state: CoordinatorState): Task<void> {
  const coordinator = new Coordinator(thread, state);
  const ended = (interrupt: number, failure?: MlRunFailure, text?: string) =>
    function* (): Task<boolean> {
      yield* coordinator.runEnded(interrupt, failure, text);
      return true;
    };
  return serveInterrupts(thread, "irq", {
    host_req: ended(
      VcTopInterrupt.HOST_REQ,
      MlRunFailure.HostRequest,
      "Vector Core host request: none is offered.",
    ),
    finish: ended(VcTopInterrupt.FINISH),
    instruction_fault: ended(
      VcTopInterrupt.INSTRUCTION_FAULT,
      MlRunFailure.InstructionFault,
      "Vector Core instruction fault.",
    ),
    data_fault: ended(VcTopInterrupt.DATA_FAULT, MlRunFailure.DataFault, "Vector Core data fault."),
  });
}

function* serveModels(thread: ComponentThread, state: CoordinatorState): Task<void> {
  const coordinator = new Coordinator(thread, state);
  const logger = new Logger(thread);
  yield* serve(
    thread,
    "mlcoord",
    mlCoordinatorInterface,
    {
      *CompletedJobs(_request, { badge }) {
        return { jobMask: coordinator.completedJobs(badge) };
      },
      *Oneshot({ bundleId, modelId }, { badge }) {
        yield* refusing(() => coordinator.oneshot({ client: badge, bundleId, modelId }));
        return undefined;
      },
      *Periodic({ bundleId, modelId, rateMs }, { badge }) {
        const name = { client: badge, bundleId, modelId };
        yield* refusing(() => coordinator.periodic(name, rateMs));
        return undefined;
      },
      *Cancel({ bundleId, modelId }, { badge }) {
        yield* refusing(() => coordinator.cancel({ client: badge, bundleId, modelId }));
        return undefined;
      },
      *GetOutput({ bundleId, modelId }, { badge }) {
        const name = { client: badge, bundleId, modelId };
        const output = yield* refusing(function* () {
          return coordinator.output(name);
        });
        return { output };
      },
      *DebugState() {
        yield* coordinator.debugState();
        return undefined;
      },
      *Capscan() {
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        return undefined;
      },
    },
    {
      *onError(request, error) {
        const text = error instanceof Error ? error.message : String(error);
        yield* logger.error(TARGET, `${request} failed: ${text}`);
      },
    },
  );
}

function* serveTimers(thread: ComponentThread, state: CoordinatorState): Task<void> {
  const coordinator = new Coordinator(thread, state);
  const timer = new RpcClient(thread, "timer", timerInterface);
  for (;;) {
    yield* waitNotification(thread, "timer");
    const { timerMask } = yield* timer.call("CompletedTimers", undefined);
    yield* coordinator.timersCompleted(timerMask);
  }
}

function* refusing<T>(body: () => Task<T>): Task<T> {
  try {
    return yield* body();
  } catch (error) {
    if (error instanceof MlFailure)
      throw new RpcFailure(error.code, error.message, { cause: error });
    throw error;
  }
}

/** Physical address of the core's memory on sparrow. */
const SPARROW_TCM_PADDR = 0x34000000;

/**
 * `MlCoordinator` for a Springbok core with control registers at dataport `CSR` and memory at dataport `TCM`.
 *
 * @param tcmPaddr - physical address of the memory: the core's windows count in it
 */
export function mlCoordinator(tcmPaddr: number): ComponentDefinition<CoordinatorState> {
  return {
    name: "MlCoordinator",
    create: (runtime) =>
      newState(runtime.mutex("coordinator"), tcmPaddr, runtime.birth.dataports["TCM"]?.size ?? 0),
    threads: {
      control: {
        *preInit(thread, state): Task<void> {
          new Coordinator(thread, state).core.setup();
        },
        run: serveCore,
      },
      mlcoord: { run: serveModels },
      timer: { run: serveTimers },
    },
  };
}

/** The ML coordinator on sparrow. */
export const mlCoordinatorComponent: ComponentDefinition<CoordinatorState> =
  mlCoordinator(SPARROW_TCM_PADDR);
