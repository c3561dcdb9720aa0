/** Files of kernel builds in the syntax of the kernel's generators, shortened. */
import type { KernelBuildFile, KernelBuildFiles } from "@cantrip/sel4-config";

/** `KernelBuildFiles` with every file there. */
export interface WholeBuild extends KernelBuildFiles {
  readonly configuration: KernelBuildFile;
  readonly invocations: {
    readonly common: KernelBuildFile;
    readonly sel4Arch: KernelBuildFile;
    readonly arch: KernelBuildFile;
  };
  readonly syscalls: KernelBuildFile;
  readonly platform: KernelBuildFile;
  readonly platformHeader: KernelBuildFile;
}

const MCS = "#if defined(CONFIG_KERNEL_MCS)";
const NOT_MCS = "#if !defined(CONFIG_KERNEL_MCS)";

function commonInvocations(untyped: string, flags: string, domains: string): string {
  return `
/*
 * A comment, enum invocation_label { Wrong,
 */
#ifndef __API_INVOCATION_H
#define __API_INVOCATION_H

enum invocation_label {
    InvalidInvocation,
    UntypedRetype,${untyped}
    TCBReadRegisters,
    TCBWriteRegisters,
    TCBCopyRegisters,
${NOT_MCS}
    TCBConfigure,
#endif
${MCS}
    TCBConfigure,
#endif
    TCBSetPriority,
    TCBSetMCPriority,
    TCBSetSchedParams,
${MCS}
    TCBSetTimeoutEndpoint,
#endif
    TCBSetIPCBuffer,
    TCBSetSpace,
    TCBSuspend,
    TCBResume,
    TCBBindNotification,
    TCBUnbindNotification,
#if (!defined CONFIG_KERNEL_MCS) && CONFIG_MAX_NUM_NODES > 1
    TCBSetAffinity,
#endif
#if defined(CONFIG_HARDWARE_DEBUG_API)
    TCBSetBreakpoint,
#endif
    TCBSetTLSBase,${flags}
    CNodeRevoke,
    CNodeDelete,
    CNodeCancelBadgedSends,
    CNodeCopy,
    CNodeMint,
    CNodeMove,
    CNodeMutate,
    CNodeRotate,
${NOT_MCS}
    CNodeSaveCaller,
#endif
    IRQIssueIRQHandler,
    IRQAckIRQ,
    IRQSetIRQHandler,
    IRQClearIRQHandler,
    DomainSetSet,${domains}
#ifdef CONFIG_KERNEL_MCS
    SchedControlConfigureFlags,
    SchedContextBind,
    SchedContextUnbind,
    SchedContextUnbindObject,
    SchedContextConsumed,
    SchedContextYieldTo,
#endif
    nInvocationLabels
};

#endif /* __API_INVOCATION_H */
`;
}

const sel4ArchInvocations = `
enum sel4_arch_invocation_label {
    nSeL4ArchInvocationLabels = nInvocationLabels
};
`;

const archInvocations = `
enum arch_invocation_label {
    RISCVPageTableMap = nSeL4ArchInvocationLabels,
    RISCVPageTableUnmap,
    RISCVPageMap,
    RISCVPageUnmap,
    RISCVPageGetAddress,
    RISCVASIDControlMakePool,
    RISCVASIDPoolAssign,
    RISCVIRQIssueIRQHandlerTrigger,
    nArchInvocationLabels
};
`;

/** A list of system calls whose names begin with `prefix`; `debug` are the printing ones, in order, from -12 on. */
function syscalls(prefix: string, printing: readonly string[]): string {
  const api = "Call ReplyRecv NBSendRecv NBSendWait Send NBSend Recv NBRecv Wait NBWait Yield";
  const debug = ["DebugHalt", "DebugCapIdentify", "DebugSnapshot", "DebugNameThread"];
  const names = [...api.split(" "), ...printing, ...debug];
  const line = (name: string): string => `    ${prefix}${name} = ${-1 - names.indexOf(name)},`;
  return `
#define SYSCALL_MIN (-11)
enum syscall {
${api.split(" ").map(line).join("\n")}
#if defined CONFIG_PRINTING
${printing.map(line).join("\n")}
#endif /* defined CONFIG_PRINTING */
#if defined(CONFIG_DEBUG_BUILD)
${debug.map(line).join("\n")}
#endif
#if defined CONFIG_ENABLE_BENCHMARKS
    ${prefix}BenchmarkResetLog = -22,
#endif
    SEL4_FORCE_LONG_ENUM(seL4_Syscall_ID)
};
`;
}

function platformHeader(sources: number, timer: string): string {
  return `
#include <config.h>
#define TIMER_CLOCK_HZ ${timer}

enum IRQConstants {
    PLIC_IRQ_OFFSET = 0,
    PLIC_MAX_IRQ = PLIC_IRQ_OFFSET + (${sources}),
#ifdef ENABLE_SMP_SUPPORT
    INTERRUPT_IPI_0,
#endif
    INTERRUPT_CORE_TIMER,
};
`;
}

/** The CantripOS fork: headers and YAML. */
export function forkBuild(): WholeBuild {
  return {
    profileName: "cantrip",
    configuration: {
      name: "gen_config.h",
      text: `
#pragma once

#define CONFIG_SEL4_ARCH riscv32
#define CONFIG_WORD_SIZE 32
#define CONFIG_PLAT sparrow
#define CONFIG_KERNEL_MCS 1
#define CONFIG_PT_LEVELS 2
#define CONFIG_ROOT_CNODE_SIZE_BITS 11
#define CONFIG_BOOT_THREAD_TIME_SLICE 5
#define CONFIG_RETYPE_FAN_OUT_LIMIT 256
#define CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION 100
#define CONFIG_RESET_CHUNK_BITS 8
#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS 128
#define CONFIG_PADDR_USER_DEVICE_TOP 4294967295
#define CONFIG_NUM_DOMAINS 1
#define CONFIG_NUM_PRIORITIES 256
#define CONFIG_MAX_NUM_NODES 1
#define CONFIG_DEBUG_BUILD 1
#define CONFIG_PRINTING 1
#define CONFIG_KERNEL_WCET_SCALE 1`,
    },
    invocations: {
      common: {
        name: "api/invocation.h",
        text: commonInvocations("\n    UntypedDescribe,", "", ""),
      },
      sel4Arch: { name: "api/sel4_invocation.h", text: sel4ArchInvocations },
      arch: { name: "arch/api/invocation.h", text: archInvocations },
    },
    syscalls: {
      name: "syscall.h",
      text: syscalls("Sys", ["DebugPutChar", "DebugDumpScheduler", "DebugDumpCNode"]),
    },
    platform: {
      name: "platform_gen.yaml",
      text: `devices:
- end: 0x28000000
  start: 0x0
- end: 0xfffff000
  start: 0x64000000
memory:
- end: 0x28400000
  start: 0x28000000
`,
    },
    platformHeader: { name: "platform_gen.h", text: platformHeader(32, "24000000") },
  };
}

/** Current seL4: JSON, and libsel4's names. */
export function upstreamBuild(): WholeBuild {
  const settings = {
    ARCH_AARCH32: false,
    SEL4_ARCH: "riscv32",
    WORD_SIZE: "32",
    PLAT: "qemu-riscv-virt",
    TIMER_FREQUENCY: "10000000",
    KERNEL_MCS: true,
    PT_LEVELS: "2",
    ROOT_CNODE_SIZE_BITS: "13",
    BOOT_THREAD_TIME_SLICE: "5",
    RETYPE_FAN_OUT_LIMIT: "256",
    MAX_NUM_WORK_UNITS_PER_PREEMPTION: "100",
    RESET_CHUNK_BITS: "8",
    MAX_NUM_BOOTINFO_UNTYPED_CAPS: "230",
    PADDR_USER_DEVICE_TOP: "4294967296",
    NUM_DOMAINS: "1",
    NUM_PRIORITIES: "256",
    MAX_NUM_NODES: "1",
    DEBUG_BUILD: true,
    HARDWARE_DEBUG_API: false,
    PRINTING: true,
    KERNEL_WCET_SCALE: "1",
  };
  const domains = "\n    DomainScheduleConfigure,\n    DomainScheduleSetStart,";
  return {
    profileName: "upstream",
    configuration: { name: "gen_config.json", text: JSON.stringify(settings) },
    invocations: {
      common: {
        name: "sel4/invocation.h",
        text: commonInvocations("", "\n    TCBSetFlags,", domains),
      },
      sel4Arch: { name: "sel4_arch/invocation.h", text: sel4ArchInvocations },
      arch: { name: "arch/invocation.h", text: archInvocations },
    },
    syscalls: {
      name: "syscall.h",
      text: syscalls("seL4_Sys", ["DebugPutChar", "DebugDumpScheduler"]),
    },
    platform: {
      name: "platform_gen.json",
      text: `{"devices": [{"start": 0, "end": 2147483648}, {"start": 4294963200, "end": 4294967296}],
              "memory": [{"start": 2149580800, "end": 4294963200}]}`,
    },
    platformHeader: { name: "platform_gen.h", text: platformHeader(95, "ULL_CONST(10000000)") },
  };
}

/** Current seL4 for 64 bits. */
export function upstream64Build(): KernelBuildFiles {
  const build = upstreamBuild();
  const settings = JSON.parse(build.configuration.text) as Record<string, unknown>;
  const wide = {
    ...{ SEL4_ARCH: "riscv64", WORD_SIZE: "64", PT_LEVELS: "3" },
    PADDR_USER_DEVICE_TOP: "549755813888",
  };
  return {
    ...build,
    profileName: "upstream64",
    configuration: { ...build.configuration, text: JSON.stringify({ ...settings, ...wide }) },
    platform: {
      name: "platform_gen.json",
      text: `{"devices": [{"start": 0, "end": 2147483648}, {"start": 4294967296, "end": 549755813888}],
              "memory": [{"start": 2149580800, "end": 4294967296}]}`,
    },
  };
}

/** `file` with `from`, which must be there, replaced. */
export function edited(file: KernelBuildFile, from: string, to: string): KernelBuildFile {
  if (!file.text.includes(from)) throw new Error(`${file.name} has no ${from}`);
  return { name: file.name, text: file.text.replace(from, to) };
}
