export { qemuVirt, type QemuVirtOptions } from "./qemu-virt.ts";
export { sparrow, type SparrowOptions } from "./sparrow.ts";
