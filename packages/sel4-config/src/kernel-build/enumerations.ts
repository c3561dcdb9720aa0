import type { KernelBuildFile, Report } from "./kernel-build.ts";
import { keptLines, linesOf, type Macros, type SourceLine } from "./preprocessor.ts";

/** Numbers by C name, in the order of the source. */
export type Enumerators = ReadonlyMap<string, number>;

/**
 * The enumerators of the generated invocation lists, which continue each other: the first of a list is given as
 * the last of the one before it.
 */
export function readInvocations(
  files: readonly KernelBuildFile[],
  macros: Macros,
  report: Report,
): Enumerators {
  const numbers = new Map<string, number>();
  for (const file of files) {
    const onError = (line: SourceLine): void => {
      reportCondition(file, line, report);
    };
    let isInside = false;
    let next = 0;
    for (const { number, text } of keptLines(file.text, macros, onError)) {
      if (text.startsWith("enum ") && text.endsWith("{")) {
        isInside = true;
        next = 0;
      } else if (text.startsWith("}")) isInside = false;
      else if (isInside) {
        const [, name = "", value] = /^(\w+)(?:\s*=\s*(\w+))?\s*,?$/.exec(text) ?? [];
        const start = value === undefined ? next : (numbers.get(value) ?? wholeNumber(value));
        if (name === "" || start === undefined || numbers.has(name)) {
          report(
            file.name,
            `line ${number}: ${text}`,
            "a new enumerator, after those it refers to",
          );
          continue;
        }
        numbers.set(name, start);
        next = start + 1;
      }
    }
  }
  return numbers;
}

/** System calls of a `syscall.h`, without the prefix of their names. */
export interface SyscallList {
  /** All of them: a system call that is compiled out keeps its number. */
  readonly numbers: Enumerators;
  /** Names of those that the kernel's configuration leaves in. */
  readonly compiled: ReadonlySet<string>;
}

/** Reads a generated `syscall.h`, the kernel's or libsel4's. */
export function readSyscalls(file: KernelBuildFile, macros: Macros, report: Report): SyscallList {
  const numbers = new Map<string, number>();
  for (const { number, text } of linesOf(file.text)) {
    const [, name, value] = SYSCALL.exec(text) ?? [];
    if (name === undefined) continue;
    const isNew = !numbers.has(name);
    if (isNew && Number(value) < 0) numbers.set(name, Number(value));
    else
      report(file.name, `line ${number}: ${text}`, "a negative number, once for each system call");
  }
  const onError = (line: SourceLine): void => {
    reportCondition(file, line, report);
  };
  const kept = keptLines(file.text, macros, onError);
  const compiled = kept.map(({ text }) => SYSCALL.exec(text)?.[1] ?? "");
  return { numbers, compiled: new Set(compiled) };
}

const SYSCALL = /^(?:seL4_)?Sys(\w+)\s*=\s*(-?\d+)\s*,?$/;

/** Reports a line whose condition, or nesting, makes no sense. */
export function reportCondition(file: KernelBuildFile, line: SourceLine, report: Report): void {
  report(file.name, `line ${line.number}: ${line.text}`, "conditions that can be evaluated");
}

/**
 * How `KernelConfig` spells a C name: `TCBSetSpace` is `tcbSetSpace`, `NBSendRecv` is `nbSendRecv`.
 */
export function profileKey(name: string): string {
  return name.replace(/^(?:TCB|CNode|IRQ|RISCV|NB|[A-Z])/, (prefix) => prefix.toLowerCase());
}

/** Enumerators that end a list, or stand for no invocation. */
export function isInvocation(name: string): boolean {
  return !/^n\w*Labels$/.test(name) && name !== "InvalidInvocation";
}

function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
