import { type ComponentBirth, componentProgram } from "@cantrip/camkes-rpc";
import {
  allocationOrder,
  type IrqBinding,
  type Spec,
  type SpecObject,
  SpecRight,
} from "@cantrip/capdl";
import { writeElf } from "@cantrip/elf";
import { type HostedEntry, STUB_BYTES, stubWords } from "@cantrip/hosted";
import { AssemblyError } from "./assembly-error.ts";
import { checkSystem, splitEnd } from "./check-system.ts";
import { BirthDraft } from "./birth-draft.ts";
import {
  ComponentPlan,
  IMAGE_BASE,
  PAGE_BYTES,
  READ_EXECUTE,
  READ_WRITE_DATA,
  type ThreadPlan,
} from "./component-plan.ts";
import { connect } from "./connect.ts";
import { RECV_CNODE_DEPTH } from "./recv-cnode.ts";
import type { Connection, SystemDescription } from "./description.ts";

/** `EM_RISCV` */
const ELF_MACHINE_RISCV = 243;

/** Bytes of an instance cell. */
const CELL_BYTES = 8;
const DEFAULT_STACK_BYTES = 4096;
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

  const drafts = new Map<string, BirthDraft>();
  for (const [name, instance] of Object.entries(description.components)) {
    if (instance.type.hardware === true) continue;
    drafts.set(name, startInstance(name, description));
  }
  const shared: SpecObject[] = [];
  const irqs: IrqBinding[] = [];
  for (const connection of description.connections)
    connect(connection, description, drafts, shared, irqs);

  const entries: HostedEntry[] = [firstEntry];
  const files = new Map<string, Uint8Array>();
  const births = new Map<string, ComponentBirth>();
  const objects: SpecObject[] = [...shared];
  for (const [name, draft] of drafts) {
    const birth = draft.finish();
    births.set(name, birth);
    files.set(draft.plan.file, imageOf(draft, entries.length));
    const component = componentProgram(draft.program, birth);
    for (const { name: thread } of draft.plan.threads) entries.push({ component, thread });
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

/** Own capabilities, threads and fixed pages of an instance; connections come after. */
function startInstance(name: string, description: SystemDescription): BirthDraft {
  const { kernel } = description;
  const type = description.components[name]?.type;
  if (type?.program === undefined) throw new Error(`component "${name}" was not checked`);
  const plan = new ComponentPlan(name, type, kernel);
  const draft = new BirthDraft(plan, type.program, kernel.name);

  plan.addCap({ kind: "object", object: plan.cnode });
  plan.addCap({ kind: "object", object: plan.vspace });
  const recvCNode = `${name}_recv_cnode`;
  plan.addObject({
    kind: "cnode",
    name: recvCNode,
    sizeBits: RECV_CNODE_DEPTH,
    hasUntypedMemory: false,
    slots: [],
  });
  draft.recvCNode = plan.addCap({ kind: "object", object: recvCNode, guard: 0, guardSize: 0 });
  if (type.asidPool === true) {
    plan.addObject({ kind: "asid_pool", name: `${name}_asid_pool`, slots: [] });
    draft.asidPool = plan.addCap({ kind: "object", object: `${name}_asid_pool` });
  }
  if (type.domainControl === true) draft.domainControl = plan.addCap({ kind: "domain" });
  if (type.schedControl === true)
    draft.schedControl = plan.addCap({ kind: "sched_control", core: 0 });
  for (const semaphore of Object.keys(type.semaphores ?? {})) {
    draft.semaphores[semaphore] = addOwnEndpoint(plan, `${name}_${semaphore}`);
  }

  const threads = threadNames(name, description);
  const text = plan.addImagePage(READ_EXECUTE, [
    {
      kind: "file",
      destOffset: 0,
      destLength: threads.length * STUB_BYTES,
      file: plan.file,
      fileOffset: PAGE_BYTES,
    },
  ]);
  // The first eight bytes of the data are the instance cell; the heap of the original follows.
  draft.cell = plan.addImagePage(READ_WRITE_DATA, []);
  for (let held = PAGE_BYTES; held < (type.heapBytes ?? 0) + CELL_BYTES; held += PAGE_BYTES) {
    plan.addImagePage(READ_WRITE_DATA, []);
  }
  if (type.heapBytes !== undefined)
    draft.heap = { address: draft.cell + CELL_BYTES, size: type.heapBytes };
  threads.forEach((thread, index) => {
    addThread(plan, draft, thread, text + index * STUB_BYTES);
  });
  draft.preInit = addOwnEndpoint(plan, `${name}_pre_init_ep`);
  draft.interfaceInit = addOwnEndpoint(plan, `${name}_interface_init_ep`);
  draft.postInit = addOwnEndpoint(plan, `${name}_post_init_ep`);
  for (const region of type.copyRegions ?? []) {
    draft.copyRegions[region] = { address: plan.skipPage(), size: PAGE_BYTES };
  }
  if (type.untypedMemory === true) {
    const frame = `BOOTINFO_FRAME_${name}_0_obj`;
    plan.addObject({
      kind: "frame",
      name: frame,
      sizeBits: 12,
      fill: [
        {
          kind: "bootinfo",
          destOffset: 0,
          destLength: PAGE_BYTES,
          id: "BootInfo",
          sourceOffset: 0,
        },
      ],
    });
    draft.bootInfo = plan.mapPage(frame, SpecRight.read | SpecRight.write);
  }
  return draft;
}

function addOwnEndpoint(plan: ComponentPlan, name: string): number {
  plan.addObject({ kind: "ep", name });
  return plan.addCap({ kind: "object", object: name, rights: SpecRight.read | SpecRight.write });
}

/** `control`, then one thread for each interface that has one, in connection order. */
function threadNames(instance: string, description: SystemDescription): string[] {
  const type = description.components[instance]?.type;
  const names = ["control"];
  const add = (end: string): void => {
    const [owner, name] = splitEnd(end);
    if (owner === instance && !names.includes(name) && type?.threadless?.includes(name) !== true)
      names.push(name);
  };
  for (const connection of description.connections) {
    if (connection.connector === "cantripRPCCallSignal") connection.from.forEach(add);
    if (hasServerThread(connection)) add(connection.to);
  }
  return names;
}

function hasServerThread({ connector }: Connection): boolean {
  return connector !== "cantripMMIO" && connector !== "cantripSharedData";
}

/** CAmkES's name of a thread: `inst_0_control`, `inst_iface_0000`. */
export function camkesThreadName(instance: string, thread: string): string {
  return thread === "control" ? `${instance}_0_control` : `${instance}_${thread}_0000`;
}

function addThread(plan: ComponentPlan, draft: BirthDraft, thread: string, stub: number): void {
  const name = camkesThreadName(plan.name, thread);
  const tcbSlot = plan.addCap({ kind: "object", object: `${plan.name}_${name}_tcb` });
  plan.addCap({ kind: "object", object: `${plan.name}_${name}_sc` });
  const stackPages = Math.ceil(
    (plan.type.stackBytes?.[thread] ?? DEFAULT_STACK_BYTES) / PAGE_BYTES,
  );
  const stackFrames = Array.from(
    { length: stackPages },
    (_, index) => `stack__camkes_stack_${name}_${index}_${plan.name}_obj`,
  );
  const stack = plan.addGuardedPages(stackFrames);
  const ipcFrame = `${plan.name}_frame__camkes_ipc_buffer_${name}`;
  const ipcBuffer = plan.addGuardedPages([ipcFrame]);
  plan.threads.push({
    name: thread,
    tcbSlot,
    ipcBuffer,
    ipcFrame,
    stackTop: stack + stackPages * PAGE_BYTES,
    stub,
  });
  draft.threads[thread] = { tcb: tcbSlot, ipcBuffer };
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
      ip: thread.stub,
      sp: thread.stackTop,
      prio: PRIORITY,
      maxPrio: PRIORITY,
      affinity: 0,
      resume: true,
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

/** The ELF file of a component: one page-aligned segment with the stubs, and the zeroed data behind it. */
function imageOf(draft: BirthDraft, firstEntry: number): Uint8Array {
  const { threads } = draft.plan;
  const text = new Uint8Array(threads.length * STUB_BYTES);
  const view = new DataView(text.buffer);
  threads.forEach((_, index) => {
    stubWords(firstEntry + index, draft.cell).forEach((word, position) => {
      view.setUint32(index * STUB_BYTES + position * 4, word, true);
    });
  });
  return writeElf({
    machine: ELF_MACHINE_RISCV,
    entry: IMAGE_BASE,
    segments: [
      {
        vaddr: IMAGE_BASE,
        data: text,
        memorySize: text.length,
        flags: { read: true, write: false, execute: true },
      },
      {
        vaddr: draft.cell,
        data: new Uint8Array(0),
        memorySize: Math.max(PAGE_BYTES, (draft.plan.type.heapBytes ?? 0) + CELL_BYTES),
        flags: { read: true, write: true, execute: false },
      },
    ],
  });
}
