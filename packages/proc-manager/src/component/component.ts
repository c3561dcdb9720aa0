import {
  type ComponentDefinition,
  type ComponentThread,
  MemoryClient,
  type Mutex,
  RpcClient,
  RpcError,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { packageManagementInterface } from "@cantrip/interfaces/package-management";
import { processControlInterface, ProcessManagerError } from "@cantrip/interfaces/process-control";
import { securityInterface, SecurityRequestError } from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import type { CSpaceSlot } from "@cantrip/slot-allocator";
import { type Application, startApplication, stopApplication } from "../application.ts";
import type { ApplicationBuilder } from "../bundle-frames.ts";
import {
  ProcessFailure,
  ProcessManager,
  type ProcessOperations,
  type Restarts,
} from "../process-manager.ts";
import { receiveEnds, type Watch, watchApplications } from "./application-ends.ts";

const TARGET = "cantrip_proc_manager";

/** What the two threads share. */
interface ProcessManagerState {
  readonly mutex: Mutex;
  manager: ProcessManager<Application> | undefined;
  /** The thread that is inside the manager: operations run with its registers and IPC buffer. */
  current: ComponentThread | undefined;
  /** What the SDK runtime signals when an application has ended. */
  watch: Watch | undefined;
}

function builderFor(thread: ComponentThread): ApplicationBuilder {
  const region = (name: string): CopyRegion => {
    const place = thread.birth.copyRegions[name];
    if (place === undefined)
      throw new RangeError(`${thread.birth.name} has no copy region "${name}"`);
    return new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address, place.size);
  };
  return {
    thread,
    memory: new MemoryClient(thread),
    bundleImage: region("BUNDLE_IMAGE"),
    loadApplication: region("LOAD_APPLICATION"),
  };
}

/** Loads, starts and stops through the other services, with the calling thread. */
class Operations implements ProcessOperations<Application> {
  readonly #state: ProcessManagerState;
  constructor(state: ProcessManagerState) {
    this.#state = state;
  }

  get #thread(): ComponentThread {
    const { current } = this.#state;
    if (current === undefined) throw new Error("no thread is inside the process manager");
    return current;
  }

  *start(bundleId: string): Task<Application> {
    const thread = this.#thread;
    const builder = builderFor(thread);
    const container = builder.memory.newSlot();
    let bundle: ObjDescBundle;
    try {
      const security = new RpcClient(thread, "security", securityInterface);
      const reply = yield* security.call("LoadApplication", bundleId, {
        receiveSlot: container.slot,
      });
      bundle = { ...reply.bundleFrames, cnode: container.slot };
    } catch (error) {
      yield* container.drop();
      throw loadFailure(error, bundleId);
    }
    try {
      return yield* startApplication(builder, bundleId, bundle);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      yield* new Logger(thread).error(TARGET, `start failed: ${text}`);
      throw new ProcessFailure(ProcessManagerError.StartFailed, text, { cause: error });
    } finally {
      // The frames of the package are not needed any more: a running application has its own.
      yield* giveBack(builder.memory, bundle, container);
    }
  }

  restarts({ manifest }: Application): Restarts {
    return { policy: manifest.restart, max: manifest.maxRestarts };
  }

  *stop(application: Application): Task<void> {
    yield* stopApplication(builderFor(this.#thread), application);
  }

  *capScan(application: Application): Task<void> {
    yield* this.#thread.sel4.debugDumpCNode(application.objects.cnode);
  }
}

/** Frees the frames of a package and their CNode, which was received in a slot of its own. */
function* giveBack(memory: MemoryClient, bundle: ObjDescBundle, container: CSpaceSlot): Task<void> {
  try {
    yield* memory.freeInCNode(bundle);
    container.release();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // The CNode's last capability takes with it what is in it.
    yield* container.drop();
  }
}

/** Errors of the security coordinator as this service's. */
function loadFailure(error: unknown, bundleId: string): unknown {
  if (!(error instanceof RpcError)) return error;
  const codes: Readonly<Record<number, ProcessManagerError>> = {
    [SecurityRequestError.BundleIdInvalid]: ProcessManagerError.BundleIdInvalid,
    [SecurityRequestError.BundleNotFound]: ProcessManagerError.BundleNotFound,
    [SecurityRequestError.PackageBufferLenInvalid]: ProcessManagerError.PackageBufferLenInvalid,
    [SecurityRequestError.InstallFailed]: ProcessManagerError.InstallFailed,
    [SecurityRequestError.UninstallFailed]: ProcessManagerError.UninstallFailed,
  };
  const code = error.interfaceName === "security" ? codes[error.code] : undefined;
  return new ProcessFailure(
    code ?? ProcessManagerError.UnknownError,
    `${bundleId}: ${error.message}`,
    { cause: error },
  );
}

/** Runs an operation of the manager alone, and turns its refusals into codes for the client. */
function* inside<T>(
  thread: ComponentThread,
  state: ProcessManagerState,
  body: (manager: ProcessManager<Application>) => Task<T>,
): Task<T> {
  return yield* state.mutex.with(thread.sel4, function* (): Task<T> {
    state.manager ??= new ProcessManager(new Operations(state));
    state.current = thread;
    try {
      return yield* body(state.manager);
    } catch (error) {
      if (error instanceof ProcessFailure)
        throw new RpcFailure(error.code, error.message, { cause: error });
      throw error;
    }
  });
}

function* logError(thread: ComponentThread, request: string, error: unknown): Task<void> {
  const text = error instanceof Error ? error.message : String(error);
  yield* new Logger(thread).error(TARGET, `${request} failed: ${text}`);
}

function* serveProcessControl(thread: ComponentThread, state: ProcessManagerState): Task<void> {
  const { watch } = state;
  if (watch !== undefined) yield* thread.sel4.tcb.bindNotification(thread.own.tcb, watch.slot);
  const receive = (): Task<void> =>
    inside(thread, state, (manager) =>
      receiveEnds(thread, function* ({ appId, end }): Task<void> {
        try {
          yield* manager.ended(appId, end);
        } catch (error) {
          yield* logError(thread, `restart of ${appId}`, error);
        }
      }),
    );
  yield* serve(
    thread,
    "proc_ctrl",
    processControlInterface,
    {
      *Start(bundleId) {
        yield* inside(thread, state, (manager) => manager.start(bundleId));
        return undefined;
      },
      *Stop(bundleId) {
        yield* inside(thread, state, (manager) => manager.stop(bundleId));
        return undefined;
      },
      GetRunningBundles: () =>
        inside(thread, state, function* (manager) {
          return { bundleIds: manager.runningBundles() };
        }),
      GetBundleState: (bundleId) =>
        inside(thread, state, function* (manager) {
          return { bundleState: manager.state(bundleId) };
        }),
      *CapScan() {
        yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
        return undefined;
      },
      *CapScanBundle(bundleId) {
        yield* inside(thread, state, (manager) => manager.capScan(bundleId));
        return undefined;
      },
      GetBundleFault: (bundleId) =>
        inside(thread, state, function* (manager) {
          return { fault: manager.fault(bundleId) };
        }),
    },
    {
      onError: (request, error) => logError(thread, request, error),
      ...(watch === undefined ? {} : { signal: { badge: watch.badge, handler: receive } }),
    },
  );
}

function* servePackages(thread: ComponentThread, state: ProcessManagerState): Task<void> {
  const security = new RpcClient(thread, "security", securityInterface);
  const forward = function* <T>(task: Task<T>, bundleId: string): Task<T> {
    try {
      return yield* task;
    } catch (error) {
      throw loadFailure(error, bundleId);
    }
  };
  const uninstall = function* (bundleId: string): Task<void> {
    yield* forward(security.call("Uninstall", bundleId), bundleId);
  };
  yield* serve(
    thread,
    "pkg_mgmt",
    packageManagementInterface,
    {
      *Install(bundle, { cap }) {
        if (cap === undefined) throw new RpcFailure(ProcessManagerError.ObjCapInvalid);
        return yield* inside(thread, state, function* (manager) {
          const reply = yield* forward(security.call("Install", bundle, { cap }), "package");
          const { bundleId } = reply;
          try {
            manager.register(bundleId);
          } catch (error) {
            // The coordinator does not know what is running here: it must not keep what nobody can name.
            yield* uninstall(bundleId);
            throw error;
          }
          return { bundleId };
        });
      },
      *InstallApp({ appId, pkgContents }, { cap }) {
        if (cap === undefined) throw new RpcFailure(ProcessManagerError.ObjCapInvalid);
        yield* inside(thread, state, function* (manager) {
          manager.checkUnknown(appId);
          yield* forward(security.call("InstallApp", { appId, pkgContents }, { cap }), appId);
          manager.register(appId);
        });
        return undefined;
      },
      *Uninstall(bundleId) {
        yield* inside(thread, state, (manager) =>
          manager.unregister(bundleId, () => uninstall(bundleId)),
        );
        return undefined;
      },
    },
    { onError: (request, error) => logError(thread, request, error) },
  );
}

/** `ProcessManager`: interfaces `proc_ctrl` and `pkg_mgmt`, a thread each. */
export const processManagerComponent: ComponentDefinition<ProcessManagerState> = {
  name: "ProcessManager",
  create: (runtime) => ({
    ...{
      mutex: runtime.mutex("manager"),
      manager: undefined,
      current: undefined,
      watch: undefined,
    },
  }),
  threads: {
    control: {
      *preInit(thread, state) {
        state.watch = yield* watchApplications(thread);
      },
    },
    proc_ctrl: { run: serveProcessControl },
    pkg_mgmt: { run: servePackages },
  },
};
