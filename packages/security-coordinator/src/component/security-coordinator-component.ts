import {
  type ComponentDefinition,
  type ComponentThread,
  ReplyWithCap,
  type RpcCaller,
  RpcFailure,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { securityInterface, SecurityRequestError } from "@cantrip/interfaces/security";
import { Logger } from "@cantrip/logger";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { KeyStore } from "../key-store.ts";
import { type InstalledPackage, PackageStore } from "./package-store.ts";

const TARGET = "cantrip_security_coordinator";
/** What the original says of a package installed with `InstallApp`. */
const FAKE_APP_MANIFEST = "# Comments like this\n[Manifest]\nBundleId=fake\n";

/** What the coordinator keeps. */
export interface SecurityCoordinatorState {
  readonly keys: KeyStore;
}

/** Takes the package of a request: its CNode's capability moves to a slot of its own. */
function* takePackage(
  thread: ComponentThread,
  store: PackageStore,
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
  const container = store.memory.newSlot();
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

function* run(thread: ComponentThread, { keys }: SecurityCoordinatorState): Task<void> {
  const store = new PackageStore(thread);
  const logger = new Logger(thread);
  const install = function* (
    name: string,
    bundle: ObjDescBundle,
    manifest: string,
    caller: RpcCaller,
  ): Task<void> {
    if (store.has(name)) throw new RpcFailure(SecurityRequestError.DeleteFirst);
    store.add(name, yield* takePackage(thread, store, bundle, manifest, caller));
  };
  const handlers: Parameters<typeof serve<typeof securityInterface>>[3] = {
    *Echo(value) {
      return { value };
    },
    *Install(bundle, caller) {
      const taken = yield* takePackage(thread, store, bundle, "", caller);
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
    *ReadKey({ bundleId, key }) {
      const value = keys.read(bundleId, key);
      if (value === undefined) throw new RpcFailure(SecurityRequestError.KeyNotFound);
      return { value };
    },
    *WriteKey({ bundleId, key, value }) {
      const result = keys.write(bundleId, key, value);
      if (result === "value-too-long") throw new RpcFailure(SecurityRequestError.ValueInvalid);
      if (result === "too-many-keys") throw new RpcFailure(SecurityRequestError.WriteFailed);
      return undefined;
    },
    *DeleteKey({ bundleId, key }) {
      keys.delete(bundleId, key);
      return undefined;
    },
    *TestMailbox() {
      yield* logger.info(TARGET, "This is a fake with no mailbox api");
      throw new RpcFailure(SecurityRequestError.TestFailed);
    },
    *CapScan() {
      yield* thread.sel4.debugDumpCNode(thread.birth.selfCNode);
      return undefined;
    },
  };
  yield* serve(thread, "security", securityInterface, handlers, {
    *onError(request, error) {
      const text = error instanceof Error ? error.message : String(error);
      yield* logger.error(TARGET, `${request} failed: ${text}`);
    },
  });
}

/** `SecurityCoordinator`: packages, keys and the built-in archive behind the interface `security`. */
export const securityCoordinatorComponent: ComponentDefinition<SecurityCoordinatorState> = {
  name: "SecurityCoordinator",
  create: () => ({ keys: new KeyStore() }),
  threads: { control: {}, security: { run } },
};
