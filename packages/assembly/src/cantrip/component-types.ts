import { debugConsoleComponent } from "@cantrip/debug-console/component";
import { loggerInterface } from "@cantrip/interfaces/logger";
import { mailboxInterface } from "@cantrip/interfaces/mailbox";
import { memoryInterface, MemoryPrivilege } from "@cantrip/interfaces/memory";
import { mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import { packageManagementInterface } from "@cantrip/interfaces/package-management";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { sdkManagerInterface, SdkManagerPrivilege } from "@cantrip/interfaces/sdk-manager";
import { securityInterface, SecurityPrivilege } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { uartReadInterface, uartWriteInterface } from "@cantrip/interfaces/uart";
import { mailboxDriverComponent } from "@cantrip/mailbox-driver/component";
import { memoryManagerComponent } from "@cantrip/memory-manager/component";
import { mlCoordinatorComponent } from "@cantrip/ml-coordinator/component";
import { processManagerComponent } from "@cantrip/proc-manager/component";
import { sdkRuntimeComponent } from "@cantrip/sdk-runtime/component";
import { securityCoordinatorComponent } from "@cantrip/security-coordinator/component";
import { timerServiceComponent } from "@cantrip/timer-service/component";
import { uartDriverComponent } from "@cantrip/uart-driver/component";
import type { ComponentType } from "../description.ts";

const KIB = 1024;

/** `DebugConsole`: the shell and the log. */
export const debugConsole: ComponentType = {
  name: "DebugConsole",
  program: debugConsoleComponent,
  uses: [
    "timer",
    "mlcoord",
    "proc_ctrl",
    "pkg_mgmt",
    "sdk_manager",
    "memory",
    "security",
    "uart_write",
    "uart_read",
  ],
  provides: ["logger"],
  interfaces: {
    timer: timerInterface,
    mlcoord: mlCoordinatorInterface,
    proc_ctrl: processControlInterface,
    pkg_mgmt: packageManagementInterface,
    sdk_manager: sdkManagerInterface,
    memory: memoryInterface,
    security: securityInterface,
    uart_write: uartWriteInterface,
    uart_read: uartReadInterface,
    logger: loggerInterface,
  },
  // Commands run on the control thread.
  callers: { pkg_mgmt: ["control"], memory: ["control"], security: ["control"] },
  dataports: ["tx_dataport", "rx_dataport"],
  copyRegions: ["BUNDLE_IMAGE", "UPLOAD"],
  threadless: ["timer", "mlcoord"],
  mutexes: ["output"],
  stackBytes: { control: 16 * KIB },
  heapBytes: 12 * KIB,
};

/** `MemoryManager`: owner of the untyped memory. */
export const memoryManager: ComponentType = {
  name: "MemoryManager",
  program: memoryManagerComponent,
  provides: ["memory"],
  grants: { memory: Object.values(MemoryPrivilege) },
  uses: ["logger"],
  interfaces: {
    memory: memoryInterface,
    logger: loggerInterface,
  },
  untypedMemory: true,
  stackBytes: { control: 16 * KIB, memory: 16 * KIB },
  heapBytes: 8 * KIB,
};

/** `MlCoordinator`: runs models on the Springbok core. */
export const mlCoordinator: ComponentType = {
  name: "MlCoordinator",
  program: mlCoordinatorComponent,
  provides: ["mlcoord"],
  uses: ["timer", "memory", "security", "logger"],
  interfaces: {
    mlcoord: mlCoordinatorInterface,
    timer: timerInterface,
    memory: memoryInterface,
    security: securityInterface,
    logger: loggerInterface,
  },
  // Each of its threads starts models.
  callers: {
    memory: ["mlcoord", "control", "timer"],
    security: ["mlcoord", "control", "timer"],
    logger: ["mlcoord", "control", "timer"],
  },
  dataports: ["CSR", "TCM"],
  consumes: ["irq"],
  copyRegions: ["BUNDLE_IMAGE"],
  threadless: ["irq"],
  mutexes: ["coordinator"],
  // The original has none, and would be out of slots with one interrupt less.
  cnodeHeadroom: 8,
  stackBytes: { control: 12 * KIB, mlcoord: 16 * KIB, timer: 8 * KIB },
  heapBytes: 4 * KIB,
};

/** `ProcessManager`: loads, starts and stops bundles. */
export const processManager: ComponentType = {
  name: "ProcessManager",
  program: processManagerComponent,
  provides: ["proc_ctrl", "pkg_mgmt"],
  uses: ["sdk_manager", "memory", "security", "logger"],
  interfaces: {
    proc_ctrl: processControlInterface,
    pkg_mgmt: packageManagementInterface,
    sdk_manager: sdkManagerInterface,
    memory: memoryInterface,
    security: securityInterface,
    logger: loggerInterface,
  },
  callers: {
    // The control thread makes a notification at the start.
    memory: ["proc_ctrl", "pkg_mgmt", "control"],
    security: ["proc_ctrl", "pkg_mgmt"],
    logger: ["proc_ctrl", "pkg_mgmt"],
  },
  copyRegions: ["BUNDLE_IMAGE", "LOAD_APPLICATION"],
  mutexes: ["manager"],
  asidPool: true,
  schedControl: true,
  domainControl: true,
  cnodeHeadroom: 1024,
  stackBytes: { proc_ctrl: 16 * KIB, pkg_mgmt: 16 * KIB },
  heapBytes: 16 * KIB,
};

/** `SDKRuntime`: serves applications. */
export const sdkRuntime: ComponentType = {
  name: "SDKRuntime",
  program: sdkRuntimeComponent,
  provides: ["sdk_manager"],
  grants: { sdk_manager: Object.values(SdkManagerPrivilege) },
  uses: ["timer", "mlcoord", "memory", "security", "logger"],
  interfaces: {
    sdk_manager: sdkManagerInterface,
    timer: timerInterface,
    mlcoord: mlCoordinatorInterface,
    memory: memoryInterface,
    security: securityInterface,
    logger: loggerInterface,
  },
  callers: {
    memory: ["control", "sdk_manager"],
    security: ["control"],
    logger: ["control", "sdk_manager"],
  },
  copyRegions: ["SDK_PARAMS"],
  mutexes: ["lent_page"],
  threadless: ["timer", "mlcoord"],
  // The original has 8. Here an application that waits has a slot for its page and one for its reply object.
  cnodeHeadroom: 256,
  stackBytes: { control: 16 * KIB, sdk_manager: 16 * KIB },
  heapBytes: 8 * KIB,
};

/** `SecurityCoordinator`: packages, keys and the built-in archive in flash. */
export const securityCoordinator: ComponentType = {
  name: "SecurityCoordinator",
  program: securityCoordinatorComponent({ builtins: "flash" }),
  provides: ["security"],
  grants: { security: Object.values(SecurityPrivilege) },
  uses: ["api", "memory", "logger"],
  interfaces: {
    api: mailboxInterface,
    security: securityInterface,
    memory: memoryInterface,
    logger: loggerInterface,
  },
  callers: { memory: ["security"], logger: ["security"] },
  dataports: ["cpio_archive"],
  copyRegions: ["DEEP_COPY_SRC", "DEEP_COPY_DEST"],
  cnodeHeadroom: 1024,
  stackBytes: { security: 16 * KIB },
  heapBytes: 12 * KIB,
};

/** `SecurityCoordinator` whose built-in packages are with the security core; it maps no flash. */
export const securityCoordinatorOfCore: ComponentType = {
  ...securityCoordinator,
  program: securityCoordinatorComponent({ builtins: "security-core" }),
  dataports: [],
};

/** `MailboxDriver`: messages to the security core. */
export const mailboxDriver: ComponentType = {
  name: "MailboxDriver",
  program: mailboxDriverComponent,
  provides: ["api"],
  uses: ["logger"],
  interfaces: { api: mailboxInterface, logger: loggerInterface },
  callers: { logger: ["control"] },
  dataports: ["mailbox_mmio"],
  consumes: ["irq", "rtirq"],
  threadless: ["irq"],
  semaphores: { rx_semaphore: 0 },
  stackBytes: { rtirq: 8 * KIB },
};

const timerServiceEnds = {
  name: "TimerService",
  provides: ["timer"],
  uses: ["logger"],
  interfaces: {
    timer: timerInterface,
    logger: loggerInterface,
  },
  callers: { logger: ["timer"] },
  dataports: ["csr"],
  consumes: ["timer_interrupt"],
  threadless: ["timer_interrupt"],
} as const;

/** `TimerService`: one-shot and periodic timers. */
export const timerService: ComponentType = {
  ...timerServiceEnds,
  program: timerServiceComponent,
  heapBytes: 4 * KIB,
};

/**
 * `TimerService` in machine code.
 *
 * @param elf - a program for the system's kernel with the interface of `timerService`, for example
 * `c/cantrip/timer-service.elf` of `@cantrip/timer-service`
 */
export function timerServiceFromElf(elf: Uint8Array): ComponentType {
  // Its threads are pre-empted anywhere; those in TypeScript are not.
  return { ...timerServiceEnds, mutexes: ["timers"], image: elf };
}

/** `UARTDriver`: the OpenTitan UART. */
export const uartDriver: ComponentType = {
  name: "UARTDriver",
  program: uartDriverComponent,
  provides: ["write", "read"],
  uses: ["logger"],
  interfaces: {
    write: uartWriteInterface,
    read: uartReadInterface,
    logger: loggerInterface,
  },
  // None logs: the log goes through here. CantripOS has a page for it all the same.
  callers: { logger: ["control"] },
  dataports: ["mmio_region", "tx_dataport", "rx_dataport"],
  consumes: ["rx_watermark", "irq"],
  threadless: ["irq"],
  semaphores: { rx_nonempty: 0, rx_empty: 1 },
};

/** `BuiltinCpioArchive`: flash with the built-in packages. */
export const builtinCpioArchive: ComponentType = {
  name: "BuiltinCpioArchive",
  hardware: true,
  dataports: ["cpio"],
};

/** `MailboxHardware`: the mailbox to the security core. */
export const mailboxHardware: ComponentType = {
  name: "MailboxHardware",
  hardware: true,
  dataports: ["mmio"],
  emits: ["wtirq", "rtirq", "eirq"],
};

/** `OpenTitanTimer`: the `rv_timer` for software. */
export const openTitanTimer: ComponentType = {
  name: "OpenTitanTimer",
  hardware: true,
  dataports: ["csr"],
  emits: ["timer_interrupt"],
};

/** `OpenTitanUART`. */
export const openTitanUart: ComponentType = {
  name: "OpenTitanUART",
  hardware: true,
  dataports: ["mmio_region"],
  emits: ["tx_watermark", "rx_watermark", "tx_empty"],
};

/** `VectorCoreHw`: the Springbok core. */
export const vectorCoreHw: ComponentType = {
  name: "VectorCoreHw",
  hardware: true,
  dataports: ["CSR", "TCM"],
  emits: ["host_req", "finish", "instruction_fault", "data_fault"],
};
