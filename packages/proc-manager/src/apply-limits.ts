import type { BundleManifest } from "@cantrip/bundle-image";
import { type ComponentThread, RpcClient } from "@cantrip/camkes-rpc";
import { forEachTask, type Task } from "@cantrip/hosted";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { securityInterface } from "@cantrip/interfaces/security";

/**
 * Tells those who keep to it which models an application may start and how much it may store. It has its endpoint, and
 * does not run yet. What the manifest is silent about is as in CantripOS.
 *
 * @throws RpcError when one of them refuses: the application must not run
 */
export function* applyLimits(
  thread: ComponentThread,
  appId: string,
  { keys, keyBytes, models }: BundleManifest,
): Task<void> {
  if (keys !== undefined || keyBytes !== undefined) {
    const security = new RpcClient(thread, "security", securityInterface);
    yield* security.call("LimitKeys", { bundleId: appId, keys, bytes: keyBytes });
  }
  if (models === undefined) return;
  const sdk = new RpcClient(thread, "sdk_manager", sdkManagerInterface);
  const names = models.length === 0 ? [undefined] : models;
  yield* forEachTask(names, (modelId) => sdk.call("AllowModel", { appId, modelId }));
}
