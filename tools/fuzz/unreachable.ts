import type { Unreachable } from "./branches.ts";

/** Values that the type checker asks for behind an index that is always in range, or a list that is never empty. */
function fallbacks(file: string, ...snippets: readonly string[]): readonly Unreachable[] {
  const reason = "asked for by the type checker; there is always a value";
  return snippets.map((snippet) => ({ file, snippet, reason }));
}

function because(
  file: string,
  reason: string,
  ...snippets: readonly string[]
): readonly Unreachable[] {
  return snippets.map((snippet) => ({ file, snippet, reason }));
}

const NO_DEFECT = "passes on the exception of a programming mistake, of which there is none";

export const inLogger: readonly Unreachable[] = fallbacks(
  "packages/logger/src/format-record.ts",
  'end)) ?? ▸""',
);

export const inFloat: readonly Unreachable[] = [
  ...fallbacks(
    "packages/hw-riscv/src/float/float-context.ts",
    "singles[0] ?? ▸0",
    "singleBits[0] ?? ▸0",
    "return context.doubles[0] ?? ▸0",
    "doubleBits[0] ?? ▸0",
    "doubleBits[1] ?? ▸0",
  ),
  ...fallbacks(
    "packages/hw-riscv/src/float/fmadd-f64.ts",
    "const low = bits[0] ?? ▸0",
    "(bits[1] ?? ▸0)",
  ),
  ...fallbacks("packages/hw-riscv/src/float/narrow.ts", "doubleBits[0] ?? ▸0"),
];

export const inCamkes: readonly Unreachable[] = [
  ...because(
    "packages/camkes-rpc/src/component.ts",
    "the birth data of a component is right; a unit test has it wrong",
    "▸if (config === undefined)",
    "▸if (own === undefined)",
  ),
  ...because(
    "packages/camkes-rpc/src/component.ts",
    "the components of these tests have nobody to call; the tests of the RPC client do",
    "▸if (pageMutex !== undefined)",
  ),
  ...because(
    "packages/camkes-rpc/src/component.ts",
    "a mutex is asked for by its name; a unit test has it wrong",
    "▸if (mutex === undefined)",
  ),
  ...because(
    "packages/camkes-rpc/src/component.ts",
    "a passive interface has its own test on the kernel: packages/assembly/test/passive.test.ts",
    "if (passive === undefined) continue;▸",
  ),
  ...because(
    "packages/camkes-rpc/src/mutex.ts",
    "a thread that misuses a mutex ends; a unit test has it",
    "▸if (this.#holder === sel4.ipcBuffer)",
    "▸if (this.#holder !== sel4.ipcBuffer) {",
  ),
];

export const inSecurityCore: readonly Unreachable[] = [
  ...because(
    "packages/hw-security-core/src/answer-request.ts",
    NO_DEFECT,
    "▸if (!(error instanceof PostcardError))",
  ),
  ...because(
    "packages/hw-security-core/src/file-store.ts",
    NO_DEFECT,
    "▸if (!(error instanceof CpioError))",
  ),
  ...because(
    "packages/hw-security-core/src/security-core.ts",
    "a core in reset answers nothing; it has a test of its own",
    "▸if (options.isHeldInReset",
  ),
  ...fallbacks(
    "packages/hw-security-core/src/security-core.ts",
    "const header = this.#port.take() ?? ▸0",
    "const paddr = this.#port.take() ?? ▸0",
  ),
  ...because(
    "packages/hw-security-core/src/security-core.ts",
    "a page that can be read can be written",
    "? answer.length : ▸0",
  ),
];

export const inMemoryManager: readonly Unreachable[] = [
  ...fallbacks(
    "packages/memory-manager/src/buddy-memory.ts",
    "this.#free[block.arena][block.sizeBits] ?? ▸[]",
  ),
  ...because(
    "packages/memory-manager/src/memory-manager.ts",
    "the untypeds of a boot have what they are said to have; a unit test has one that has less",
    "if (▸error instanceof InvocationError && error.code",
    "if (error instanceof InvocationError && ▸error.code",
    "▸if (error instanceof InvocationError && error.code",
    "=== ErrorCode.NotEnoughMemory) return;▸",
  ),
  ...because(
    "packages/memory-manager/src/memory-manager.ts",
    "capabilities of a client's own CNode can be deleted; a unit test has some that cannot",
    "▸if (failure !== undefined) {",
  ),
  ...because(
    "packages/memory-manager/src/free-objects.ts",
    "capabilities of a client's own CNode can be deleted; a unit test has some that cannot",
    "▸if (!(error instanceof InvocationError)) throw error;",
    "if (!(error instanceof InvocationError)) throw error;▸",
  ),
  ...because(
    "packages/memory-manager/src/make-objects.ts",
    "what was just made in a client's CNode can be deleted; a unit test has some that cannot",
    "▸if (!(error instanceof InvocationError)) throw error;",
    "if (!(error instanceof InvocationError)) throw error;▸",
  ),
  ...because(
    "packages/memory-manager/src/make-objects.ts",
    NO_DEFECT,
    "if (error instanceof InvocationError) yield* this.#unmake(plan.slice(0, done), place);▸",
  ),
  ...because(
    "packages/memory-manager/src/memory-manager.ts",
    NO_DEFECT,
    "▸if (!(error instanceof InvocationError)) throw error;",
  ),
  ...fallbacks(
    "packages/memory-manager/src/memory-manager.ts",
    "▸if (block === undefined) return;",
    "objects[0]?.objectBits ?? ▸0, lifetime",
    "powerOfTwo(objects[0]?.objectBits ?? ▸0)",
  ),
  ...because(
    "packages/memory-manager/src/memory-manager.ts",
    "blocks are chosen so that the objects fit",
    "? ▸MemoryManagerError.AllocFailed",
  ),
  ...because(
    "packages/memory-manager/src/plan-pieces.ts",
    "a request has more than one byte",
    "value <= 1 ? ▸0",
  ),
];

export const inRefills: readonly Unreachable[] = [
  ...fallbacks(
    "packages/sel4-kernel/src/refills.ts",
    "refills[0] ?? ▸{",
    "▸if (tail === undefined)",
    "▸if (head === undefined) return false;",
    "▸if (head === undefined || !isRefillReady",
  ),
];

export const inInterpreter: readonly Unreachable[] = [
  ...fallbacks("packages/hw-riscv/src/decode-at.ts", ">>> 1] ?? ▸0"),
  ...because(
    "packages/hw-riscv/src/decode-at.ts",
    "programs in machine mode without protection; page tables and protection have tests of their own",
    "▸if (page.isChecked",
    "page.isChecked && ▸",
    "page.▸isChecked",
    "▸if (!mmu.checkFetch(second",
    "return false;▸",
    "▸if (offset < 0) {",
    "physical < 0 ? ▸-1",
    "physical < 0 ? ▸-physical",
    "physical < 0 ? -physical : ▸Cause.fetchAccessFault",
  ),
  ...because(
    "packages/hw-riscv/src/isa/decoder.ts",
    "the table has what its rows stand for",
    "?? ▸ILLEGAL",
  ),
  ...because(
    "packages/hw-riscv/src/isa/decoder.ts",
    "the disassembler asks, which has tests of its own",
    "? ▸word : word & 0xffff",
    "word : ▸word & 0xffff",
  ),
];

const DEVICES = "packages/hw-riscv/src/devices";

export const inDevices: readonly Unreachable[] = [
  ...because(
    "packages/hw-riscv/src/bus.ts",
    "no platform has devices in one place",
    "▸if (region.base < other.base",
  ),
  ...because(
    "packages/hw-riscv/src/csr.ts",
    "no instructions from outside are there; they have tests of their own",
    "▸hart.external?.writeCsr",
    "?? ▸false)",
  ),
  ...because(
    `${DEVICES}/flash-memory.ts`,
    "the bus reads the contents itself",
    "▸this.contents",
    "?? ▸ERASED",
  ),
  ...because(
    `${DEVICES}/plic.ts`,
    "the kernel model's way to it, which has tests of its own",
    "if (source <= 0 || source >",
    "if (▸source <= 0",
    "if (source <= 0 || ▸source",
    "if (state === undefined) return;",
    "state.enabled[source] = enabled ?",
    "enabled && this.#priorities[source] === 0",
    "enabled && ▸this.#priorities",
  ),
  ...fallbacks(`${DEVICES}/plic.ts`, "this.#priorities[source] ?? ▸0"),
  ...fallbacks(
    `${DEVICES}/ns16550.ts`,
    "Ns16550Register.LCR] ?? ▸0",
    "Ns16550Register.IER] ?? ▸0",
    "this.#divisor[offset] ?? ▸0",
  ),
  ...fallbacks(`${DEVICES}/opentitan-uart.ts`, "?? ▸1"),
  ...fallbacks(`${DEVICES}/sifive-pwm.ts`, "?? ▸CMP_MASK"),
];

export const inCapdl: readonly Unreachable[] = [
  ...fallbacks("packages/capdl/src/parse/cap-names.ts", '?? ▸""', "?? ▸[]"),
  ...fallbacks("packages/capdl/src/parse/cap-section.ts", '?? ▸""', '?? ▸"domain"'),
  ...fallbacks("packages/capdl/src/parse/diagnostics.ts", "?? ▸0"),
  ...fallbacks("packages/capdl/src/parse/dump.ts", '?? ▸""', "?? ▸NaN"),
  ...fallbacks("packages/capdl/src/parse/name-ref.ts", '?? ▸""'),
  ...fallbacks("packages/capdl/src/parse/object-section.ts", '?? ▸""', "?? ▸[]", "?? ▸0"),
  ...fallbacks("packages/capdl/src/parse/other-sections.ts", '?? ▸""'),
  ...fallbacks("packages/capdl/src/parse/parameters.ts", "?? ▸0"),
  ...fallbacks("packages/capdl/src/parse/make-object.ts", "?? ▸0"),
  ...fallbacks("packages/capdl/src/parse/scanner.ts", "?? ▸0"),
  ...because(
    "packages/capdl/src/parse/cap-section.ts",
    NO_DEFECT,
    "▸if (!(error instanceof SyntaxFailure)) throw error",
  ),
  ...because(
    "packages/capdl/src/parse/module-parser.ts",
    NO_DEFECT,
    "▸if (!(error instanceof SyntaxFailure)) throw error",
  ),
  ...because(
    "packages/capdl/src/parse/object-section.ts",
    NO_DEFECT,
    "▸if (!(error instanceof SyntaxFailure)) throw error",
  ),
];

export const inPostcard: readonly Unreachable[] = [
  ...fallbacks("packages/postcard/src/cursor.ts", "?? ▸0"),
  ...fallbacks("packages/postcard/src/fields.ts", "?? ▸[]"),
  ...fallbacks("packages/postcard/src/utf8.ts", "?? ▸0"),
];

/** Files of the SDK runtime. */
const sdk = (name: string): string => `packages/sdk-runtime/src/${name}.ts`;

export const inSdkRuntime: readonly Unreachable[] = [
  ...because(
    sdk("app-timers"),
    "a request for it is refused before",
    "▸if (owned?.running.has(id) === true) return false;",
  ),
  ...because(
    sdk("app-timers"),
    "a timer that runs has an owner",
    "owned.mask = (owned.mask | (1 << id)) >>> 0;▸",
  ),
  ...because(
    sdk("component/log-requests"),
    "the timer runs only when records were dropped",
    "if (dropped > 0)▸",
  ),
  ...[
    [sdk("component/lent-page"), "▸if (!(error instanceof InvocationError)) throw error;"],
    [sdk("component/model-requests"), "▸if (!(error instanceof RpcError)) throw error;"],
    [sdk("component/waiting-calls"), "▸if (!(error instanceof RpcError ||"],
    [sdk("component/requests"), "refused(SdkRuntimeError.SDKDeserializeFailed);▸"],
    [sdk("component/requests"), "return refused(code);▸"],
  ].map(([file = "", snippet = ""]) => ({ file, snippet, reason: NO_DEFECT })),
  ...[
    [sdk("component/application-server"), "yield* this.#expireTimers(this.#clock);▸"],
    [sdk("component/application-server"), "▸if (models === undefined) return;"],
    [sdk("component/requests"), "timers === undefined ? ▸[]"],
    [sdk("component/requests"), "models === undefined ? ▸[]"],
    [sdk("component/requests"), "▸SdkRuntimeError.SDKNoPlatformSupport"],
    [sdk("component/log-requests"), "this.#clock === undefined ? ▸undefined"],
    [sdk("component/log-requests"), "▸if (now === undefined || this.#clock === undefined)"],
    [sdk("component/model-requests"), '▸if (thread.birth.clients["mlcoord"] === undefined)'],
    [sdk("component/timer-requests"), "▸if (now === undefined)"],
    [sdk("component/application-ends"), "▸if (this.watcher === undefined) return;"],
  ].map(([file = "", snippet = ""]) => ({
    ...{ file, snippet },
    reason:
      "in a system without timers, models or a process manager that watches; other tests have one",
  })),
  ...[
    [sdk("component/application-server"), "▸if (receiveSlot === undefined) throw"],
    [sdk("component/lent-page"), "▸if (place === undefined)"],
    [sdk("component/lent-page"), "▸if (reply.length > PARAMS_BYTES"],
    [sdk("component/waiting-calls"), "▸if (next === undefined) throw"],
    [sdk("component/model-requests"), "known ?? ▸SdkRuntimeError.SDKUnknownResponse"],
  ].map(([file = "", snippet = ""]) => ({
    ...{ file, snippet },
    reason: "against mistakes of the system's description, of which there is none",
  })),
];
