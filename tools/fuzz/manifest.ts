import type { Unreachable } from "./branches.ts";
import {
  inCamkes,
  inCapdl,
  inDevices,
  inFloat,
  inInterpreter,
  inLogger,
  inMemoryManager,
  inPostcard,
  inRefills,
  inSdkRuntime,
  inSecurityCore,
} from "./unreachable.ts";

/** Random tests, and what they test. */
export interface FuzzEntry {
  readonly name: string;
  /** Test files, from the root of the repository. */
  readonly tests: readonly string[];
  /** Regular expression over the names of tests; selects the random ones. */
  readonly pattern: string;
  /** Files under test, from the root of the repository; globs. */
  readonly sources: readonly string[];
  /** Branches that random operations cannot take. */
  readonly unreachable?: readonly Unreachable[];
}

/** All random tests of the repository, the longest first. */
export const fuzzEntries: readonly FuzzEntry[] = [
  {
    name: "sel4-kernel hostile threads",
    tests: [
      "packages/sel4-kernel/test/threads-hostile.test.ts",
      "packages/sel4-kernel/test/domains-random.test.ts",
    ],
    pattern: "nothing that threads do|domains keep apart",
    sources: [
      "endpoint",
      "fault",
      "message",
      "notification",
      "queues",
      "refills",
      "reply",
      "sched-context",
      "scheduler",
      "tcb-invocations",
      "thread",
    ].map((name) => `packages/sel4-kernel/src/${name}.ts`),
  },
  {
    name: "elf",
    tests: ["packages/elf/test/elf.test.ts"],
    pattern: "throws only ElfError on damaged|keeps any segments",
    sources: ["packages/elf/src/*.ts"],
  },
  {
    name: "cpio",
    tests: ["packages/cpio/test/cpio.test.ts"],
    pattern: "throws only CpioError|keeps any files",
    sources: ["packages/cpio/src/*.ts"],
  },
  {
    name: "bundle-image",
    tests: [
      "packages/bundle-image/test/bundle-image.test.ts",
      "packages/bundle-image/test/manifest.test.ts",
    ],
    pattern: "throws only its own error|keeps every header|is the same behind any|of any lines",
    // A source that gives a piece at a time: the process manager's loader is tested with it.
    sources: ["packages/bundle-image/src/!(bundle-source).ts"],
  },
  {
    name: "proc-manager loader",
    tests: ["packages/proc-manager/test/load-application.test.ts"],
    pattern: "bundles with changed bytes",
    sources: [
      "packages/proc-manager/src/application-layout.ts",
      "packages/proc-manager/src/load-application.ts",
      "packages/bundle-image/src/bundle-source.ts",
    ],
  },
  {
    name: "capdl image",
    tests: ["packages/capdl/test/image.test.ts"],
    pattern: "throws only SpecImageError|keeps any specification",
    sources: ["packages/capdl/src/image/*.ts"],
  },
  {
    name: "capdl text",
    tests: ["packages/capdl/test/text.test.ts", "packages/capdl/test/random.test.ts"],
    pattern: "never throws|is the identity|by the quick way|changed at random",
    sources: ["packages/capdl/src/parse/*.ts", "packages/capdl/src/parse-capdl.ts"],
    unreachable: inCapdl,
  },
  {
    name: "postcard",
    tests: [
      "packages/postcard/test/codec.test.ts",
      "packages/postcard/test/engines-agree.test.ts",
      "packages/postcard/test/random-schemas.test.ts",
    ],
    pattern:
      "decodes what it encoded|throws only PostcardError|writes nothing outside|random schemas|agrees with the host|^engines",
    sources: ["packages/postcard/src/*.ts"],
    unreachable: inPostcard,
  },
  {
    name: "slot-allocator",
    tests: ["packages/slot-allocator/test/slot-allocator.test.ts"],
    pattern: "is first fit",
    sources: ["packages/slot-allocator/src/slot-allocator.ts"],
  },
  {
    name: "timer-service",
    tests: ["packages/timer-service/test/timer-manager.test.ts"],
    pattern: "any timers",
    sources: [
      "packages/timer-service/src/timer-manager.ts",
      "packages/timer-service/src/timer-queue.ts",
    ],
  },
  {
    name: "bundles started, stopped, installed and uninstalled; their keys and timers",
    tests: ["examples/full-system/test/random-bundles.test.ts"],
    pattern: "leave nothing behind",
    sources: [],
  },
  {
    name: "SDK runtime",
    // Those who start and stop applications, and call the manager of their endpoints, take branches of their own.
    tests: ["sdk-fuzz", "rogue", "random-bundles"].map(
      (name) => `examples/full-system/test/${name}.test.ts`,
    ),
    pattern: "do no harm|stops no service|leave nothing behind",
    sources: [
      "app-timers",
      "log-budget",
      "component/application-ends",
      "component/application-server",
      "component/lent-page",
      "component/log-requests",
      "component/model-requests",
      "component/requests",
      "component/timer-requests",
      "component/waiting-calls",
    ].map((name) => `packages/sdk-runtime/src/${name}.ts`),
    unreachable: inSdkRuntime,
  },
  {
    name: "a rogue component at every interface",
    tests: ["examples/full-system/test/rogue.test.ts"],
    pattern: "stops no service",
    sources: [],
  },
  {
    name: "memory-manager",
    tests: [
      "packages/memory-manager/test/memory-manager.test.ts",
      "packages/memory-manager/test/exact-figures.test.ts",
      "packages/memory-manager/test/ledger-random.test.ts",
    ],
    pattern: "\\(property\\)|in any order of requests",
    sources: ["packages/memory-manager/src/*.ts"],
    unreachable: inMemoryManager,
  },
  {
    name: "logger",
    tests: ["packages/logger/test/logger.test.ts"],
    pattern: "is well-formed",
    sources: ["packages/logger/src/format-record.ts"],
    unreachable: inLogger,
  },
  {
    name: "debug-console f32",
    tests: ["packages/debug-console/test/f32.test.ts"],
    pattern: "reads back|reads any text",
    sources: ["packages/debug-console/src/f32.ts"],
  },
  {
    name: "sel4-sys message info",
    tests: ["packages/sel4-sys/test/sel4.test.ts"],
    pattern: "keeps its fields",
    sources: ["packages/sel4-sys/src/message-info.ts"],
  },
  {
    name: "camkes-rpc start-up, semaphores and mutexes",
    tests: ["packages/camkes-rpc/test/component.test.ts", "packages/assembly/test/mutex.test.ts"],
    pattern: "keeps the order|loses no wake-up|keeps threads apart and loses nobody",
    sources: [
      "packages/camkes-rpc/src/component.ts",
      "packages/camkes-rpc/src/bare-semaphore.ts",
      "packages/camkes-rpc/src/mutex.ts",
    ],
    unreachable: inCamkes,
  },
  {
    name: "hw-security-core",
    tests: ["packages/hw-security-core/test/security-core.property.test.ts"],
    pattern: "answers whatever is in the page",
    sources: ["packages/hw-security-core/src/*.ts"],
    unreachable: inSecurityCore,
  },
  {
    name: "hw-riscv 64-bit arithmetic",
    tests: ["packages/hw-riscv/test/instructions-rv64.test.ts"],
    pattern: "random values",
    sources: ["packages/hw-riscv/src/arithmetic/pair.ts"],
  },
  {
    name: "hw-riscv instructions",
    tests: [
      "packages/hw-riscv/test/instructions.test.ts",
      "packages/hw-riscv/test/random-programs.test.ts",
    ],
    pattern: "random",
    sources: ["packages/hw-riscv/src/decode-at.ts", "packages/hw-riscv/src/isa/decoder.ts"],
    unreachable: inInterpreter,
  },
  {
    name: "hw-riscv float",
    tests: ["packages/hw-riscv/test/float-random.test.ts"],
    pattern: "random",
    sources: ["packages/hw-riscv/src/float/*.ts"],
    unreachable: inFloat,
  },
  {
    name: "hw-riscv hostile guests",
    tests: ["packages/hw-riscv/test/hostile-guests.test.ts"],
    pattern: "random guests",
    sources: [
      "packages/hw-riscv/src/bus.ts",
      "packages/hw-riscv/src/csr.ts",
      "packages/hw-riscv/src/load-elf.ts",
      "packages/hw-riscv/src/page-walk.ts",
      "packages/hw-riscv/src/pmp-csr.ts",
      "packages/hw-riscv/src/devices/*.ts",
    ],
    unreachable: inDevices,
  },
  {
    name: "sel4-kernel refills",
    tests: ["packages/sel4-kernel/test/sched-contexts.test.ts"],
    pattern: "refills sum up",
    sources: ["packages/sel4-kernel/src/refills.ts"],
    unreachable: inRefills,
  },
  {
    name: "assembly strace",
    tests: ["packages/assembly/test/strace-random.test.ts"],
    pattern: "has a line for each|whatever is typed",
    sources: ["packages/assembly/src/trace/strace.ts"],
  },
  {
    name: "assembly component image",
    tests: ["packages/assembly/test/component-image.test.ts"],
    pattern: "with flipped bytes",
    sources: ["packages/assembly/src/component-image.ts", "packages/assembly/src/check-images.ts"],
  },
  {
    name: "assembly mirror in C",
    tests: ["packages/assembly/test/machine-components.test.ts"],
    pattern: "decodes and encodes every type",
    sources: [],
  },
  {
    name: "replay",
    tests: ["examples/full-system/test/replay.full.test.ts"],
    pattern: "is the same run|is noticed",
    sources: ["packages/hw-riscv/src/replay-input.ts", "packages/assembly/src/riscv/recording.ts"],
  },
  {
    name: "timer service in C",
    tests: ["examples/full-system/test/c-timer-service.test.ts"],
    pattern: "answers random requests",
    sources: [],
  },
];
