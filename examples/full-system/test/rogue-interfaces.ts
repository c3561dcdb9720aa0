import type { InterfaceDefinition } from "@cantrip/interfaces";
import { loggerInterface } from "@cantrip/interfaces/logger";
import { mailboxInterface } from "@cantrip/interfaces/mailbox";
import { memoryInterface } from "@cantrip/interfaces/memory";
import { mlCoordinatorInterface } from "@cantrip/interfaces/ml-coordinator";
import { packageManagementInterface } from "@cantrip/interfaces/package-management";
import { processControlInterface } from "@cantrip/interfaces/process-control";
import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { uartWriteInterface } from "@cantrip/interfaces/uart";

/** Every interface that is called in a system, but for `uart_read`: name, connection and definition. */
export const INTERFACES = {
  timer: ["timer_rpc", timerInterface],
  proc_ctrl: ["shell_process", processControlInterface],
  mlcoord: ["shell_ml", mlCoordinatorInterface],
  sdk_manager: ["multi_sdk_manager", sdkManagerInterface],
  pkg_mgmt: ["shell_package", packageManagementInterface],
  memory: ["multi_memory", memoryInterface],
  security: ["multi_security", securityInterface],
  logger: ["multi_logger", loggerInterface],
  api: ["security_coordinator_to_mailbox_api", mailboxInterface],
  uart_write: ["write_call", uartWriteInterface],
} as const satisfies Readonly<Record<string, readonly [string, InterfaceDefinition]>>;
export type InterfaceName = keyof typeof INTERFACES;

/** Their names. */
export const NAMES = Object.keys(INTERFACES) as InterfaceName[];
