import type { QemuVirtOptions } from "./qemu-virt.ts";
import { platformDeviceTree, type PlatformDeviceTreeOptions } from "./platform-device-tree.ts";
import { qemuVirt } from "./qemu-virt.ts";

/** The flattened device tree of the board that `qemuVirt()` describes, with its usual hart or another. */
export function qemuVirtDeviceTree(
  options: PlatformDeviceTreeOptions & Pick<QemuVirtOptions, "hart">,
): Uint8Array {
  const { hart } = options;
  return platformDeviceTree(qemuVirt(hart === undefined ? {} : { hart }), options);
}
