import {
  type ComponentDefinition,
  type ComponentThread,
  hasPrivilege,
  MemoryClient,
  ReplyWithCap,
  type RpcCaller,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import { PageFault, type Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import {
  securityInterface,
  SecurityPrivilege,
  SecurityRequestError,
} from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { KeyStore } from "../key-store.ts";
import { type BuiltinSource, FlashSource, SecurityCoreSource } from "./builtin-source.ts";
import { type InstalledPackage, PackageStore } from "./package-store.ts";
import { SecurityCoreClient } from "./security-core-client.ts";

const TARGET = "cantrip_security_coordinator";
/** What the original says of a package installed with `InstallApp`. */
const FAKE_APP_MANIFEST = "# Comments like this\n[Manifest]\nBundleId=fake\n";

/** How a coordinator is built: the features of the original's crate. */
export interface SecurityCoordinatorOptions {
  /** Where the built-in packages are: in flash that is mapped (`fake`), or with the security core (`sel4`). */
  readonly builtins: "flash" | "security-core";
}

/** What the coordinator keeps. */
export interface SecurityCoordinatorState {
  readonly keys: KeyStore;
}

/** Takes the package of a request: its CNode's capability moves to a slot of its own. */
function* takePackage(
  thread: ComponentThread,
  memory: MemoryClient,
  bundle: ObjDescBundle,
  manifest: string,
  caller: RpcCaller,
): Task<InstalledPackage> {
  if (caller.cap === undefined) throw new RpcFailure(SecurityRequestError.ObjCapInvalid);
  const received = {
    root: thread.birth.selfCNode,
    index: caller.cap,
    depth: TOP_LEVEL_DEPTH,
  };
  const container = memory.newSlot();
  try {
    yield* container.moveTo(received);
  } catch (error) {
    yield* container.drop();
    throw new RpcFailure(SecurityRequestError.CapMoveFailed, "capability not moved", {
      cause: error,
    });
  }
  return { bundle: { ...bundle, cnode: container.slot }, container, manifest };
}

function regionOf(thread: ComponentThread, name: string): CopyRegion {
  const place = thread.birth.copyRegions[name];
  if (place === undefined)
    throw new RangeError(`${thread.birth.name} has no copy region "${name}"`);
  return new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
}

function sourceOf(
  { builtins }: SecurityCoordinatorOptions,
  thread: ComponentThread,
  destination: CopyRegion,
  core: SecurityCoreClient | undefined,
): BuiltinSource {
  if (builtins === "flash") return new FlashSource(thread, destination);
  if (core === undefined) throw new RangeError(`${thread.birth.name} has no interface "api"`);
  return new SecurityCoreSource(core);
}

function* run(
  options: SecurityCoordinatorOptions,
  thread: ComponentThread,
  { keys }: SecurityCoordinatorState,
): Task<void> {
  const memory = new MemoryClient(thread);
  const source = regionOf(thread, "DEEP_COPY_SRC");
  const destination = regionOf(thread, "DEEP_COPY_DEST");
  const hasMailbox = thread.birth.clients["api"] !== undefined;
  const core = hasMailbox ? new SecurityCoreClient(thread, memory, destination) : undefined;
  const builtins = sourceOf(options, thread, destination, core);
  const store = new PackageStore(thread, memory, builtins, { source, destination });
  const logger = new Logger(thread);
  const install = function* (
    name: string,
    bundle: ObjDescBundle,
    manifest: string,
    caller: RpcCaller,
  ): Task<void> {
    if (store.has(name)) throw new RpcFailure(SecurityRequestError.DeleteFirst);
    store.add(name, yield* takePackage(thread, memory, bundle, manifest, caller));
  };
  const permit = (caller: RpcCaller, privilege: string, code: SecurityRequestError): void => {
    if (!hasPrivilege(thread, "security", caller.badge, privilege)) throw new RpcFailure(code);
  };
  const handlers: Parameters<typeof serve<typeof securityInterface>>[3] = {
    *Echo(value) {
      return { value };
    },
    *Install(bundle, caller) {
      const taken = yield* takePackage(thread, memory, bundle, "", caller);
      const bundleId = `fake.${taken.container.slot}`;
      store.add(bundleId, taken);
      return { bundleId };
    },
    *InstallApp({ appId, pkgContents }, caller) {
      const name = appId.endsWith(".app") ? appId : `${appId}.app`;
      yield* install(name, pkgContents, FAKE_APP_MANIFEST, caller);
      return undefined;
    },
    *InstallModel({ modelId, pkgContents }, caller) {
      yield* install(modelId, pkgContents, "", caller);
      return undefined;
    },
    *Uninstall(bundleId) {
      if (!(yield* store.remove(bundleId)))
        throw new RpcFailure(SecurityRequestError.BundleNotFound);
      keys.forget(bundleId);
      return undefined;
    },
    *GetPackages() {
      return { bundleIds: yield* store.names() };
    },
    *SizeBuffer(bundleId) {
      return { bufferSize: yield* store.sizeOf(bundleId) };
    },
    *GetManifest(bundleId) {
      yield* store.sizeOf(bundleId);
      return { manifest: store.installed(bundleId)?.manifest ?? "" };
    },
    *LoadApplication(bundleId) {
      const failure = SecurityRequestError.LoadApplicationFailed;
      const bundle = yield* store.load(bundleId, ".app", failure);
      return new ReplyWithCap({ bundleFrames: bundle }, bundle.cnode);
    },
    *LoadModel({ modelId }) {
      const bundle = yield* store.load(modelId, undefined, SecurityRequestError.LoadModelFailed);
      return new ReplyWithCap({ modelFrames: bundle }, bundle.cnode);
    },
    *ReadKey({ bundleId, key }, caller) {
      permit(caller, SecurityPrivilege.Keys, SecurityRequestError.ReadFailed);
      const value = keys.read(bundleId, key);
      if (value === undefined) throw new RpcFailure(SecurityRequestError.KeyNotFound);
      return { value };
    },
    *WriteKey({ bundleId, key, value }, caller) {
      permit(caller, SecurityPrivilege.Keys, SecurityRequestError.WriteFailed);
      // A bundle that is not there could never give its keys back, and the next of its name would read them.
      if (!keys.has(bundleId)) yield* store.sizeOf(bundleId);
      const result = keys.write(bundleId, key, value);
      if (result === "value-too-long") throw new RpcFailure(SecurityRequestError.ValueInvalid);
      if (result !== "stored") throw new RpcFailure(SecurityRequestError.WriteFailed);
      return undefined;
    },
    *DeleteKey({ bundleId, key }, caller) {
      permit(caller, SecurityPrivilege.Keys, SecurityRequestError.DeleteFailed);
      keys.delete(bundleId, key);
      return undefined;
    },
    *TestMailbox() {
      if (core === undefined) {
        yield* logger.info(TARGET, "This is a fake with no mailbox api");
        throw new RpcFailure(SecurityRequestError.TestFailed);
      }
      let isRight: boolean;
      try {
        isRight = yield* core.handshake();
      } catch (error) {
        // The thread's own.
        if (error instanceof PageFault) throw error;
        yield* logger.error(TARGET, `test_mailbox: ${textOf(error)}`);
        isRight = false;
      }
      if (!isRight) throw new RpcFailure(SecurityRequestError.TestFailed);
      return undefined;
    },
    *CapScan() {
      yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
      return undefined;
    },
    *LimitKeys({ bundleId, ...limits }, caller) {
      permit(caller, SecurityPrivilege.KeyLimits, SecurityRequestError.UnknownError);
      keys.limit(bundleId, limits);
      return undefined;
    },
  };
  yield* serve(thread, "security", securityInterface, handlers, {
    *onError(request, error) {
      yield* logger.error(TARGET, `${request} failed: ${textOf(error)}`);
    },
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `SecurityCoordinator`: packages, keys and the built-in packages behind the interface `security`. */
export function securityCoordinatorComponent(
  options: SecurityCoordinatorOptions = { builtins: "flash" },
): ComponentDefinition<SecurityCoordinatorState> {
  return {
    name: "SecurityCoordinator",
    create: () => ({ keys: new KeyStore() }),
    threads: { control: {}, security: { run: (thread, state) => run(options, thread, state) } },
  };
}
