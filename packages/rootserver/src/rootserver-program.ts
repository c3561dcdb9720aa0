import type { SpecObject } from "@cantrip/capdl";
import { SpecImageReader } from "@cantrip/capdl/image";
import { type HostedComponent, PageFault, type Task, type UserContext } from "@cantrip/hosted";
import { profileByName } from "@cantrip/sel4-config";
import { type BootInfo, InitialCap, readBootInfo, SeL4 } from "@cantrip/sel4-sys";
import { bindIrqs, createIrqCaps } from "./bind-irqs.ts";
import type { RootserverBirth } from "./birth.ts";
import { configureSchedContexts, configureThreads, startThreads } from "./configure-threads.ts";
import { createObjects, UntypedPool } from "./create-objects.ts";
import { fillCSpaces } from "./fill-cspaces.ts";
import { fillFrames, initCopyRegion } from "./frame-contents.ts";
import { handOff } from "./hand-off.ts";
import { Loader } from "./loader.ts";
import { assignAsids, mapVSpaces, vspaceRoots } from "./map-vspaces.ts";
import { RootserverError } from "./rootserver-error.ts";

/** Where the kernel puts the address of the boot info. */
const A0 = 10;
const PAGE_BYTES = 4096;
const MEBIBYTE = 1024 * 1024;
/** Target of the log records: the crate of the original. */
const LOG_TARGET = "cantrip_os_rootserver";

/**
 * The root server as hosted code with one thread, `main`: makes the system of the specification in its image, hands
 * over, and suspends itself. What goes wrong it prints on the kernel's debug console.
 */
export function rootserverProgram(birth: RootserverBirth): HostedComponent {
  return {
    name: "rootserver",
    create: () => ({
      run: (_thread, context) => runRootserver(birth, context),
    }),
  };
}

function* runRootserver(birth: RootserverBirth, context: UserContext): Task<void> {
  const config = profileByName(birth.profile);
  if (config === undefined) throw new RootserverError(`unknown kernel profile "${birth.profile}"`);
  const bootInfoAddress = context.register(A0);
  // Enough of a system call interface to report by, until the IPC buffer is known.
  let sel4 = new SeL4(context, config, 0);
  const place: { loader?: Loader } = {};
  try {
    const page = new Uint8Array(PAGE_BYTES);
    context.copyIn(bootInfoAddress, page);
    const bootInfo = readBootInfo(page, config);
    sel4 = new SeL4(context, config, bootInfo.ipcBuffer);
    const spec = readSpec(birth, context);
    const loader = new Loader(sel4, birth, { bootInfo, bootInfoAddress }, spec);
    place.loader = loader;
    yield* logFigures(sel4, birth, bootInfo, spec);
    yield* makeSystem(loader);
  } catch (error) {
    // The kernel's business, as with any thread.
    if (error instanceof PageFault) throw error;
    yield* sel4.debugPrint(`${LOG_TARGET}::${describeError(error, place.loader)}\n`);
  }
  for (;;) yield* sel4.tcb.suspend(InitialCap.InitThreadTcb);
}

/** A specification as it is in the image. */
interface ImageSpec {
  readonly objects: readonly SpecObject[];
  readonly irqs: readonly { readonly irq: number; readonly object: string }[];
  /** Bytes of its image. */
  readonly length: number;
}

function readSpec(birth: RootserverBirth, context: UserContext): ImageSpec {
  const bytes = new Uint8Array(birth.spec.size);
  context.copyIn(birth.spec.address, bytes);
  const reader = new SpecImageReader(bytes);
  if (reader.arch !== "riscv") {
    throw new RootserverError(`the specification is for ${reader.arch}`);
  }
  const { objects, irqs } = reader.spec();
  return { objects, irqs, length: reader.length };
}

function* makeSystem(loader: Loader): Task<void> {
  const pool = new UntypedPool(loader);
  loader.phase = "copy region";
  yield* initCopyRegion(loader);
  loader.phase = "creating";
  yield* createObjects(loader, pool);
  loader.phase = "interrupt";
  yield* createIrqCaps(loader);
  yield* bindIrqs(loader);
  const roots = vspaceRoots(loader);
  loader.phase = "assigning an ASID to";
  yield* assignAsids(loader, roots);
  loader.phase = "filling";
  yield* fillFrames(loader);
  loader.phase = "mapping";
  yield* mapVSpaces(loader, roots);
  loader.phase = "configuring";
  yield* configureSchedContexts(loader);
  yield* configureThreads(loader);
  loader.phase = "filling";
  yield* fillCSpaces(loader);
  const { empty, untyped } = loader.bootInfo;
  const used = loader.untypeds.reduce(
    (highest, { slot, used: bytes }) => (bytes > 0 ? slot : highest),
    0,
  );
  yield* log(
    loader.sel4,
    `Rootserver cnode: ${loader.usedSlots} used of ${empty.end - empty.start}`,
  );
  yield* log(loader.sel4, `Rootserver untypeds: ${used} used of ${untyped.end}`);
  loader.phase = "handing over to";
  yield* handOff(loader, pool);
  loader.phase = "starting";
  yield* startThreads(loader);
}

function* logFigures(
  sel4: SeL4,
  birth: RootserverBirth,
  bootInfo: BootInfo,
  spec: ImageSpec,
): Task<void> {
  const { empty, untyped, numNodes, initThreadCNodeSizeBits } = bootInfo;
  const pools = spec.objects.filter(({ kind }) => kind === "asid_pool").length;
  const untypeds = spec.objects.filter(({ kind }) => kind === "ut").length;
  yield* log(
    sel4,
    `Bootinfo: (${empty.start}, ${empty.end}) empty slots ${numNodes} nodes ` +
      `(${untyped.start}, ${untyped.end}) untyped ${2 ** initThreadCNodeSizeBits} cnode slots`,
  );
  // The table of ASID pools of the original begins with the initial thread's.
  yield* log(
    sel4,
    `Model: ${spec.objects.length} objects ${spec.irqs.length} irqs ${untypeds} untypeds ${pools + 1} asids`,
  );
  const executable = birth.image.size - birth.spec.size - birth.archive.size;
  yield* log(sel4, `capDL spec: ${mebibytes(spec.length)} Mbytes`);
  yield* log(sel4, `CAmkES components: ${mebibytes(birth.archive.size)} Mbytes`);
  yield* log(sel4, `Rootserver executable: ${mebibytes(executable)} Mbytes`);
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(2);
}

function log(sel4: SeL4, text: string): Task<void> {
  return sel4.debugPrint(`${LOG_TARGET}:${text}\n`);
}

function describeError(error: unknown, loader: Loader | undefined): string {
  const text = error instanceof Error ? error.message : String(error);
  if (loader === undefined || loader.phase === "") return text;
  const where = [loader.phase, loader.subject].filter((part) => part !== "").join(" ");
  return `${where}: ${text}`;
}
