import { SdkManagerPrivilege } from "@cantrip/interfaces/sdk-manager";
import { SecurityPrivilege } from "@cantrip/interfaces/security";
import { cantrip, type KernelConfig } from "@cantrip/sel4-config";
import type { ComponentInstance, Connection, SystemDescription } from "../description.ts";
import {
  builtinCpioArchive,
  debugConsole,
  mailboxDriver,
  mailboxHardware,
  memoryManager,
  mlCoordinator,
  openTitanTimer,
  openTitanUart,
  processManager,
  sdkRuntime,
  securityCoordinator,
  securityCoordinatorOfCore,
  timerService,
  uartDriver,
  vectorCoreHw,
} from "./component-types.ts";

/** What a build of sparrow chooses. */
export interface SparrowChoices {
  /** Where the built-in packages are: in flash, which the coordinator maps (default), or with the security core. */
  readonly builtins?: "flash" | "security-core";
}

/**
 * The `sparrow` system of CantripOS.
 *
 * Source: `apps/system/platforms/sparrow/system.camkes`.
 */
export function sparrow(
  kernel: KernelConfig = cantrip,
  { builtins = "flash" }: SparrowChoices = {},
): SystemDescription {
  const hasFlash = builtins === "flash";
  const cpio: ComponentInstance = {
    type: builtinCpioArchive,
    memory: { cpio: { paddr: 0x46000000, size: 0x1000000 } },
  };
  return {
    name: "sparrow",
    kernel,
    platform: "sparrow",
    components: {
      ...(hasFlash ? { cpio } : {}),
      mailbox_hardware: {
        type: mailboxHardware,
        memory: { mmio: { paddr: 0x540f1000, size: 0x1000 } },
        interrupts: { wtirq: 10, rtirq: 11, eirq: 12 },
      },
      timer: {
        type: openTitanTimer,
        memory: { csr: { paddr: 0x50030000, size: 0x1000 } },
        interrupts: { timer_interrupt: 31 },
      },
      uart: {
        type: openTitanUart,
        memory: { mmio_region: { paddr: 0x50000000, size: 0x1000 } },
        interrupts: { tx_watermark: 1, rx_watermark: 2, tx_empty: 3 },
      },
      vctop: {
        type: vectorCoreHw,
        memory: {
          CSR: { paddr: 0x47000000, size: 0x1000 },
          TCM: { paddr: 0x34000000, size: 0x1000000 },
        },
        interrupts: { host_req: 13, finish: 14, instruction_fault: 15, data_fault: 16 },
      },
      mailbox_driver: { type: mailboxDriver },
      uart_driver: { type: uartDriver },
      debug_console: { type: debugConsole, privileges: { security: [SecurityPrivilege.Keys] } },
      memory_manager: { type: memoryManager },
      ml_coordinator: { type: mlCoordinator },
      process_manager: {
        type: processManager,
        privileges: {
          security: [SecurityPrivilege.KeyLimits],
          sdk_manager: [SdkManagerPrivilege.ModelLimits],
        },
      },
      sdk_runtime: { type: sdkRuntime, privileges: { security: [SecurityPrivilege.Keys] } },
      security_coordinator: { type: hasFlash ? securityCoordinator : securityCoordinatorOfCore },
      timer_service: { type: timerService },
    },
    connections: hasFlash ? [cpioArchive, ...connections] : connections,
  };
}

const cpioArchive: Connection = {
  name: "cpio_archive",
  connector: "cantripMMIO",
  from: ["security_coordinator.cpio_archive"],
  to: "cpio.cpio",
};

const connections: readonly Connection[] = [
  {
    name: "mailbox_driver_mmio",
    connector: "cantripMMIO",
    from: ["mailbox_driver.mailbox_mmio"],
    to: "mailbox_hardware.mmio",
  },
  {
    name: "mailbox_driver_irq",
    connector: "cantripIRQ",
    from: ["mailbox_hardware.wtirq", "mailbox_hardware.eirq"],
    to: "mailbox_driver.irq",
  },
  {
    name: "mailbox_driver_rtirq",
    connector: "cantripIRQ",
    from: ["mailbox_hardware.rtirq"],
    to: "mailbox_driver.rtirq",
  },
  {
    name: "security_coordinator_to_mailbox_api",
    connector: "cantripRPCCall",
    from: ["security_coordinator.api"],
    to: "mailbox_driver.api",
  },
  {
    name: "uart_mem",
    connector: "cantripMMIO",
    from: ["uart_driver.mmio_region"],
    to: "uart.mmio_region",
  },
  {
    name: "uart_rx_watermark",
    connector: "cantripIRQ",
    from: ["uart.rx_watermark"],
    to: "uart_driver.rx_watermark",
  },
  {
    name: "uart_irq",
    connector: "cantripIRQ",
    from: ["uart.tx_watermark", "uart.tx_empty"],
    to: "uart_driver.irq",
  },
  { name: "vc_csr", connector: "cantripMMIO", from: ["ml_coordinator.CSR"], to: "vctop.CSR" },
  {
    name: "vctop_irq",
    connector: "cantripIRQ",
    from: ["vctop.host_req", "vctop.finish", "vctop.instruction_fault", "vctop.data_fault"],
    to: "ml_coordinator.irq",
  },
  { name: "vc_tcm", connector: "cantripMMIO", from: ["ml_coordinator.TCM"], to: "vctop.TCM" },
  { name: "timer_csr", connector: "cantripMMIO", from: ["timer_service.csr"], to: "timer.csr" },
  {
    name: "timer_interrupt",
    connector: "cantripIRQ",
    from: ["timer.timer_interrupt"],
    to: "timer_service.timer_interrupt",
  },
  {
    name: "timer_rpc",
    connector: "cantripRPCCallSignal",
    from: ["debug_console.timer", "ml_coordinator.timer", "sdk_runtime.timer"],
    to: "timer_service.timer",
  },
  {
    name: "shell_process",
    connector: "cantripRPCCall",
    from: ["debug_console.proc_ctrl"],
    to: "process_manager.proc_ctrl",
  },
  {
    name: "shell_ml",
    connector: "cantripRPCCallSignal",
    from: ["debug_console.mlcoord", "sdk_runtime.mlcoord"],
    to: "ml_coordinator.mlcoord",
  },
  {
    name: "multi_sdk_manager",
    connector: "cantripRPCCall",
    from: ["process_manager.sdk_manager", "debug_console.sdk_manager"],
    to: "sdk_runtime.sdk_manager",
  },
  {
    name: "shell_package",
    connector: "cantripRPCOverMultiSharedData",
    from: ["debug_console.pkg_mgmt"],
    to: "process_manager.pkg_mgmt",
  },
  {
    name: "multi_memory",
    connector: "cantripRPCOverMultiSharedData",
    from: [
      "debug_console.memory",
      "process_manager.memory",
      "security_coordinator.memory",
      "sdk_runtime.memory",
      "ml_coordinator.memory",
    ],
    to: "memory_manager.memory",
  },
  {
    name: "multi_security",
    connector: "cantripRPCOverMultiSharedData",
    from: [
      "debug_console.security",
      "process_manager.security",
      "ml_coordinator.security",
      "sdk_runtime.security",
    ],
    to: "security_coordinator.security",
  },
  {
    name: "tx_channel",
    connector: "cantripSharedData",
    from: ["debug_console.tx_dataport"],
    to: "uart_driver.tx_dataport",
  },
  {
    name: "rx_channel",
    connector: "cantripSharedData",
    from: ["debug_console.rx_dataport"],
    to: "uart_driver.rx_dataport",
  },
  {
    name: "write_call",
    connector: "cantripRPCCall",
    from: ["debug_console.uart_write"],
    to: "uart_driver.write",
  },
  {
    name: "read_call",
    connector: "cantripRPCCall",
    from: ["debug_console.uart_read"],
    to: "uart_driver.read",
  },
  {
    name: "multi_logger",
    connector: "cantripRPCOverMultiSharedData",
    from: [
      "process_manager.logger",
      "ml_coordinator.logger",
      "memory_manager.logger",
      "security_coordinator.logger",
      "timer_service.logger",
      "mailbox_driver.logger",
      "sdk_runtime.logger",
      "uart_driver.logger",
    ],
    to: "debug_console.logger",
  },
];
