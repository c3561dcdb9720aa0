import { type FrameFill, type IrqBinding, type SpecObject, SpecRight } from "@cantrip/capdl";
import { STUB_BYTES } from "@cantrip/hosted";
import { BirthDraft, type ComponentCode } from "./birth-draft.ts";
import { type ComponentImage, readComponentImage } from "./component-image.ts";
import {
  camkesThreadName,
  CELL_BYTES,
  ComponentPlan,
  PAGE_BYTES,
  READ_EXECUTE,
  READ_WRITE_DATA,
} from "./component-plan.ts";
import { connect } from "./connect.ts";
import { connectMoreThreads } from "./connect-rpc.ts";
import type { SystemDescription } from "./description.ts";
import { recvCNodeDepth } from "./recv-cnode.ts";
import { addOwnEndpoint, addOwnNotification, SEND_RECEIVE } from "./own-objects.ts";
import { threadNames } from "./thread-names.ts";

const DEFAULT_STACK_BYTES = 4096;

/** Every instance with its capabilities and pages, and what belongs to connections. */
export interface SystemLayout {
  readonly drafts: ReadonlyMap<string, BirthDraft>;
  /** Objects that belong to a connection rather than to a component. */
  readonly shared: readonly SpecObject[];
  readonly irqs: readonly IrqBinding[];
}

/** Gives every software component of a description its slots and addresses. The description has no mistakes. */
export function layOut(description: SystemDescription): SystemLayout {
  const drafts = new Map<string, BirthDraft>();
  for (const [name, instance] of Object.entries(description.components)) {
    if (instance.type.hardware === true) continue;
    drafts.set(name, startInstance(name, description));
  }
  const shared: SpecObject[] = [];
  const irqs: IrqBinding[] = [];
  for (const connection of description.connections)
    connect(connection, description, drafts, shared, irqs);
  // What CantripOS's components do not have comes behind everything that they have, whose slots stay.
  for (const draft of drafts.values()) addMutexes(draft);
  for (const connection of description.connections) connectMoreThreads(connection, drafts, shared);
  return { drafts, shared, irqs };
}

/** Own capabilities, threads and fixed pages of an instance; connections come after. */
function startInstance(name: string, description: SystemDescription): BirthDraft {
  const { kernel } = description;
  const type = description.components[name]?.type;
  if (type === undefined) throw new Error(`component "${name}" was not checked`);
  const plan = new ComponentPlan(name, type, kernel);
  const threads = threadNames(name, description);
  const { code, entryOf } = addCode(plan, threads.length);
  const draft = new BirthDraft(plan, code, kernel.name);
  if (code.kind === "hosted" && type.heapBytes !== undefined)
    draft.heap = { address: code.cell + CELL_BYTES, size: type.heapBytes };

  plan.addCap({ kind: "object", object: plan.cnode });
  plan.addCap({ kind: "object", object: plan.vspace });
  const recvCNode = `${name}_recv_cnode`;
  plan.addObject({
    kind: "cnode",
    name: recvCNode,
    sizeBits: recvCNodeDepth(type),
    hasUntypedMemory: false,
    slots: [],
  });
  draft.recvCNode = plan.addCap({ kind: "object", object: recvCNode, guard: 0, guardSize: 0 });
  if (type.asidPool === true) {
    plan.addObject({ kind: "asid_pool", name: `${name}_asid_pool`, asidHigh: 1, slots: [] });
    draft.asidPool = plan.addCap({ kind: "object", object: `${name}_asid_pool` });
  }
  if (type.domainControl === true) draft.domainControl = plan.addCap({ kind: "domain" });
  if (type.schedControl === true)
    draft.schedControl = plan.addCap({ kind: "sched_control", core: 0 });
  for (const semaphore of Object.keys(type.semaphores ?? {})) {
    draft.semaphores[semaphore] = addOwnEndpoint(plan, `${name}_${semaphore}`);
  }

  threads.forEach((thread, index) => {
    addThread(plan, draft, thread, entryOf(index));
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
    draft.bootInfo = plan.mapPage(frame, SpecRight.read);
  }
  return draft;
}

/** The pages of a component's image, which come first in its address space, and where its threads start. */
function addCode(
  plan: ComponentPlan,
  threads: number,
): { readonly code: ComponentCode; readonly entryOf: (thread: number) => number } {
  const { program, image, heapBytes = 0 } = plan.type;
  if (program === undefined) {
    if (image === undefined) throw new Error(`component "${plan.name}" was not checked`);
    return addMachineCode(plan, readComponentImage(image));
  }
  const text = plan.addImagePage(READ_EXECUTE, [
    {
      kind: "file",
      destOffset: 0,
      destLength: threads * STUB_BYTES,
      file: plan.file,
      fileOffset: PAGE_BYTES,
    },
  ]);
  // The first eight bytes of the data are the instance cell; the heap of the original follows.
  const cell = plan.addImagePage(READ_WRITE_DATA, []);
  for (let held = PAGE_BYTES; held < heapBytes + CELL_BYTES; held += PAGE_BYTES) {
    plan.addImagePage(READ_WRITE_DATA, []);
  }
  return {
    code: { kind: "hosted", program, cell },
    entryOf: (thread) => text + thread * STUB_BYTES,
  };
}

function addMachineCode(
  plan: ComponentPlan,
  image: ComponentImage,
): { readonly code: ComponentCode; readonly entryOf: (thread: number) => number } {
  for (const { address, rights, fileOffset, fileBytes } of image.pages) {
    plan.skipTo(address);
    const fill: FrameFill = {
      kind: "file",
      destOffset: 0,
      destLength: fileBytes,
      file: plan.file,
      fileOffset,
    };
    plan.addImagePage(rights, fileBytes === 0 ? [] : [fill]);
  }
  return { code: { kind: "machine", image }, entryOf: () => image.entry };
}

function addMutexes({ plan, mutexes }: BirthDraft): void {
  for (const mutex of plan.type.mutexes ?? [])
    mutexes[mutex] = addOwnNotification(plan, `${plan.name}_${mutex}`);
}

function addThread(plan: ComponentPlan, draft: BirthDraft, thread: string, entry: number): void {
  const name = camkesThreadName(plan.name, thread);
  const tcbSlot = plan.addCap({ kind: "object", object: `${plan.name}_${name}_tcb` });
  const schedContext = plan.addCap({ kind: "object", object: `${plan.name}_${name}_sc` });
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
    entry,
  });
  const isPassive = plan.type.passive?.includes(thread) === true;
  draft.threads[thread] = {
    ...{ tcb: tcbSlot, ipcBuffer },
    ...(isPassive
      ? {
          passive: {
            schedContext,
            ready: addOwnNotification(plan, `${plan.name}_${name}_ready_ntfn`),
            go: addOwnEndpoint(
              plan,
              `${plan.name}_${name}_go_ep`,
              SEND_RECEIVE | SpecRight.grantReply,
            ),
          },
        }
      : {}),
  };
}
