export { qemuVirt, type QemuVirtOptions } from "./qemu-virt.ts";
export { sparrow, type SparrowOptions } from "./sparrow.ts";
export { type DeviceTreeNode, type DeviceTreeValue, encodeDeviceTree } from "./device-tree.ts";
export { qemuVirtDeviceTree, type QemuVirtDeviceTreeOptions } from "./qemu-virt-device-tree.ts";
