import { type ComponentBirth, componentProgram, writeBirth } from "@cantrip/camkes-rpc";
import { allocationOrder, type Spec, type SpecObject, SpecRight } from "@cantrip/capdl";
import { EM_RISCV, writeElf } from "@cantrip/elf";
import { type HostedEntry, STUB_BYTES, stubWords } from "@cantrip/hosted";
import { AssemblyError } from "./assembly-error.ts";
import type { BirthDraft } from "./birth-draft.ts";
import { checkSystem } from "./check-system.ts";
import {
  camkesThreadName,
  CELL_BYTES,
  type ComponentPlan,
  IMAGE_BASE,
  PAGE_BYTES,
  type ThreadPlan,
} from "./component-plan.ts";
import type { SystemDescription } from "./description.ts";
import { layOut } from "./lay-out.ts";

const PRIORITY = 254;
const BUDGET_US = 10_000;

/** What a description becomes: everything that the boot image is made of. */
export interface RealisedSystem {
  readonly description: SystemDescription;
  readonly spec: Spec;
  /** ELF image of each component, by the file name that the specification uses. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Code of the hosted threads: index is the immediate of `hosted n`. The first is reserved for the root server. */
  readonly entries: readonly HostedEntry[];
  /** What each component was given at birth, by instance. */
  readonly births: ReadonlyMap<string, ComponentBirth>;
}

/**
 * Checks a description and turns it into a capDL specification, images and code.
 *
 * @param firstEntry - entries that come before those of the components (the root server's)
 * @throws AssemblyError with every mistake of the description
 */
export function realiseSystem(
  description: SystemDescription,
  firstEntry: HostedEntry,
): RealisedSystem {
  const mistakes = checkSystem(description);
  if (mistakes.length > 0) throw new AssemblyError(description.name, mistakes);

  const { drafts, shared, irqs } = layOut(description);
  const entries: HostedEntry[] = [firstEntry];
  const files = new Map<string, Uint8Array>();
  const births = new Map<string, ComponentBirth>();
  const objects: SpecObject[] = [...shared];
  for (const [name, draft] of drafts) {
    const birth = draft.finish();
    births.set(name, birth);
    files.set(draft.plan.file, imageOf(draft, birth, entries.length));
    entries.push(...hostedEntries(draft, birth));
    objects.push(...threadObjects(draft.plan), ...draft.plan.finish());
  }
  return {
    description,
    spec: { arch: "riscv", objects: allocationOrder(objects), irqs },
    files,
    entries,
    births,
  };
}

function threadObjects(plan: ComponentPlan): SpecObject[] {
  return plan.threads.flatMap((thread) => objectsOfThread(plan, thread));
}

function objectsOfThread(plan: ComponentPlan, thread: ThreadPlan): SpecObject[] {
  const name = `${plan.name}_${camkesThreadName(plan.name, thread.name)}`;
  return [
    {
      kind: "sc",
      name: `${name}_sc`,
      sizeBits: 8,
      periodUs: BUDGET_US,
      budgetUs: BUDGET_US,
      data: 0,
    },
    {
      kind: "tcb",
      name: `${name}_tcb`,
      addr: thread.ipcBuffer,
      ip: thread.entry,
      sp: thread.stackTop,
      prio: PRIORITY,
      maxPrio: PRIORITY,
      affinity: 0,
      init: [thread.tcbSlot],
      slots: [
        { slot: 0, cap: plan.cnodeCap },
        { slot: 1, cap: { kind: "object", object: plan.vspace } },
        {
          slot: 4,
          cap: {
            kind: "object",
            object: thread.ipcFrame,
            rights: SpecRight.read | SpecRight.write,
          },
        },
        { slot: 6, cap: { kind: "object", object: `${name}_sc` } },
      ],
    },
  ];
}

/** The ELF file of an instance. */
function imageOf(draft: BirthDraft, birth: ComponentBirth, firstEntry: number): Uint8Array {
  const { code, plan } = draft;
  if (code.kind === "hosted") return stubImage(plan, code.cell, firstEntry);
  const { elf, birth: area } = code.image;
  // A copy, also when the caller's bytes are a Buffer, whose slice is not.
  const bytes = new Uint8Array(elf);
  bytes.set(writeBirth(birth, area.address), area.fileOffset);
  return bytes;
}

/** The TypeScript code of an instance's threads, in the order of its stubs. */
function hostedEntries({ code, plan }: BirthDraft, birth: ComponentBirth): HostedEntry[] {
  if (code.kind !== "hosted") return [];
  const component = componentProgram(code.program, birth);
  return plan.threads.map(({ name: thread }) => ({ component, thread }));
}

/** One page-aligned segment with the stubs, and the zeroed data behind it. */
function stubImage(plan: ComponentPlan, cell: number, firstEntry: number): Uint8Array {
  const { threads } = plan;
  const text = new Uint8Array(threads.length * STUB_BYTES);
  const view = new DataView(text.buffer);
  threads.forEach((_, index) => {
    stubWords(firstEntry + index, cell).forEach((word, position) => {
      view.setUint32(index * STUB_BYTES + position * 4, word, true);
    });
  });
  return writeElf({
    machine: EM_RISCV,
    entry: IMAGE_BASE,
    segments: [
      {
        vaddr: IMAGE_BASE,
        data: text,
        memorySize: text.length,
        flags: { read: true, write: false, execute: true },
      },
      {
        vaddr: cell,
        data: new Uint8Array(0),
        memorySize: Math.max(PAGE_BYTES, (plan.type.heapBytes ?? 0) + CELL_BYTES),
        flags: { read: true, write: true, execute: false },
      },
    ],
  });
}
