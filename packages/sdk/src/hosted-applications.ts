import { EM_RISCV, writeElf } from "@cantrip/elf";
import {
  APPLICATION_ENTRIES,
  type HostedComponent,
  type HostedEntry,
  PageFault,
  STUB_BYTES,
  stubWords,
  type Task,
} from "@cantrip/hosted";
import { Sdk, sdkStart } from "./sdk.ts";

const TEXT = 0x1_0000;
const CELL = 0x1_1000;
const CELL_BYTES = 8;
/** As Rust's. */
const PANIC_CODE = 101;

/** An application in TypeScript. What it returns is its exit code, of one byte. */
export type ApplicationMain = (sdk: Sdk) => Task<number>;

/** What a machine needs to run applications in TypeScript. */
export interface HostedApplications {
  /** Their code, in the order of their entries: `applications` of a boot. */
  readonly entries: readonly HostedEntry[];
  /** A program for each, by name: an ELF file that is packed like any other. */
  readonly programs: Readonly<Record<string, Uint8Array>>;
}

/**
 * Applications in TypeScript: code for the machine, and programs for the package store. The process manager loads, starts
 * and stops them like programs in machine code. One that throws logs why and ends with code 101.
 */
export function hostedApplications(
  mains: Readonly<Record<string, ApplicationMain>>,
): HostedApplications {
  const names = Object.keys(mains);
  return {
    entries: Object.entries(mains).map(([name, main]): HostedEntry => ({
      component: componentOf(name, main),
      thread: "main",
    })),
    programs: Object.fromEntries(names.map((name, index) => [name, programOf(index)])),
  };
}

function componentOf(name: string, main: ApplicationMain): HostedComponent {
  return {
    name,
    create: () => ({
      *run(_thread, context): Task<void> {
        const sdk = new Sdk(context, sdkStart(context));
        try {
          yield* sdk.exit(yield* main(sdk));
        } catch (error) {
          // A page fault is the thread's own.
          if (error instanceof PageFault) throw error;
          yield* panic(sdk, error);
        }
      },
    }),
  };
}

function* panic(sdk: Sdk, error: unknown): Task<never> {
  try {
    yield* sdk.log(error instanceof Error ? error.message : String(error));
  } catch (refusal) {
    if (refusal instanceof PageFault) throw refusal;
  }
  return yield* sdk.exit(PANIC_CODE);
}

/** A page with the stub, and a zeroed one with the cell. */
function programOf(index: number): Uint8Array {
  const text = new Uint8Array(STUB_BYTES);
  const view = new DataView(text.buffer);
  for (const [place, word] of stubWords(APPLICATION_ENTRIES + index, CELL).entries())
    view.setUint32(place * 4, word, true);
  return writeElf({
    machine: EM_RISCV,
    entry: TEXT,
    segments: [
      { vaddr: TEXT, data: text, flags: { read: true, write: false, execute: true } },
      {
        ...{ vaddr: CELL, data: new Uint8Array(0), memorySize: CELL_BYTES },
        flags: { read: true, write: true, execute: false },
      },
    ],
  });
}
