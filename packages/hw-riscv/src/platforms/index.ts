export { nexus, type NexusOptions } from "./nexus.ts";
export { qemuVirt, type QemuVirtOptions } from "./qemu-virt.ts";
export { sifiveU, type SifiveUOptions } from "./sifive-u.ts";
export { sparrow, type SparrowOptions } from "./sparrow.ts";
export type {
  DeviceTreeEntry,
  DeviceTreeNode,
  DeviceTreeValue,
  HartInterrupt,
  PlatformTree,
} from "../device-tree.ts";
export { encodeDeviceTree } from "./device-tree.ts";
export { platformDeviceTree, type PlatformDeviceTreeOptions } from "./platform-device-tree.ts";
export { qemuVirtDeviceTree } from "./qemu-virt-device-tree.ts";
