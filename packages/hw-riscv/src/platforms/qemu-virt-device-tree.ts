import { platformDeviceTree, type PlatformDeviceTreeOptions } from "./platform-device-tree.ts";
import { qemuVirt } from "./qemu-virt.ts";

/** The flattened device tree of the board that `qemuVirt()` describes, with its usual hart. */
export function qemuVirtDeviceTree(options: PlatformDeviceTreeOptions): Uint8Array {
  return platformDeviceTree(qemuVirt(), options);
}
