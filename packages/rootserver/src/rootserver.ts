import { SpecImageError, SpecImageReader } from "@cantrip/capdl/image";
import { CpioError } from "@cantrip/cpio";
import { forEachTask, type HostedComponent, type Task, type UserContext } from "@cantrip/hosted";
import { profileByName } from "@cantrip/sel4-config";
import { type BootInfo, InitialCap, InvocationError, readBootInfo, SeL4 } from "@cantrip/sel4-sys";
import { CapabilityTable } from "./capability-table.ts";
import { fillFrames, freeCopyRegion, planHandOver } from "./fill-frames.ts";
import { handOver } from "./hand-over.ts";
import {
  assignAsids,
  createInterrupts,
  createObjects,
  initCspaces,
  initSchedContexts,
  initTcbs,
  initVspaces,
  type Instantiation,
} from "./instantiate.ts";
import { type ImagePart, type RootserverBirth, RootserverError } from "./rootserver-birth.ts";
import { UntypedPool } from "./untyped-pool.ts";

const A0 = 10;
const PAGE_BYTES = 4096;
const MEGABYTE = 1024 * 1024;
const TARGET = "cantrip_os_rootserver";

/**
 * The root server as hosted code: one thread, `main`.
 *
 * Follows `cantrip-os-rootserver` and its `model` crate: creates what the specification in its image says, hands the
 * untyped memory over, starts the threads and suspends itself. What is wrong with the specification is said on the
 * debug console.
 *
 * @throws RangeError for an unknown kernel profile
 */
export function rootserverProgram(birth: RootserverBirth): HostedComponent {
  if (profileByName(birth.profile) === undefined)
    throw new RangeError(`unknown kernel profile "${birth.profile}"`);
  return {
    name: "rootserver",
    create: () => ({ run: (_thread, context) => main(birth, context) }),
  };
}

function* main(birth: RootserverBirth, context: UserContext): Task<void> {
  const config = profileByName(birth.profile);
  if (config === undefined) return;
  const page = new Uint8Array(PAGE_BYTES);
  context.copyIn(context.register(A0), page);
  const bootInfo = readBootInfo(page, config);
  const sel4 = new SeL4(context, config, bootInfo.ipcBuffer);
  try {
    yield* instantiate(sel4, birth, bootInfo, page);
  } catch (error) {
    if (!isReportable(error)) throw error;
    yield* log(sel4, `cannot instantiate the system: ${error.message}`);
  }
  yield* sel4.tcb.suspend(InitialCap.InitThreadTcb);
}

/** Errors of the specification, the archive and the kernel; everything else is a defect of the root server. */
function isReportable(error: unknown): error is Error {
  return (
    error instanceof RootserverError ||
    error instanceof SpecImageError ||
    error instanceof CpioError ||
    error instanceof InvocationError
  );
}

function* log(sel4: SeL4, text: string): Task<void> {
  yield* sel4.debugPrint(`${TARGET}:${text}\n`);
}

function readPart(context: UserContext, part: ImagePart): Uint8Array {
  const bytes = new Uint8Array(part.size);
  context.copyIn(part.address, bytes);
  return bytes;
}

function* instantiate(
  sel4: SeL4,
  birth: RootserverBirth,
  bootInfo: BootInfo,
  page: Uint8Array,
): Task<void> {
  const { context } = sel4;
  const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(2);
  yield* log(
    sel4,
    `Bootinfo: (${bootInfo.empty.start}, ${bootInfo.empty.end}) empty slots ${bootInfo.numNodes} nodes ` +
      `(${bootInfo.untyped.start}, ${bootInfo.untyped.end}) untyped ${2 ** bootInfo.initThreadCNodeSizeBits} cnode slots`,
  );
  const spec = new SpecImageReader(readPart(context, birth.spec)).spec();
  const untypeds = spec.objects.filter((object) => object.kind === "ut").length;
  const pools = spec.objects.filter((object) => object.kind === "asid_pool").length;
  yield* log(
    sel4,
    `Model: ${spec.objects.length} objects ${spec.irqs.length} irqs ${untypeds} untypeds ${pools} asids`,
  );
  yield* log(sel4, `capDL spec: ${megabytes(birth.spec.size)} Mbytes`);
  yield* log(sel4, `CAmkES components: ${megabytes(birth.archive.size)} Mbytes`);
  yield* log(sel4, `Rootserver executable: ${megabytes(birth.image.size)} Mbytes`);

  const run: Instantiation = {
    sel4,
    table: new CapabilityTable(spec),
    pool: new UntypedPool(sel4, bootInfo),
    schedControl: bootInfo.schedcontrol.start,
  };
  yield* freeCopyRegion(sel4, bootInfo, birth.image, birth.copyRegion);
  const plan = planHandOver(run);
  yield* createObjects(run);
  yield* createInterrupts(run);
  yield* assignAsids(run);
  yield* fillFrames(run, birth.copyRegion, readPart(context, birth.archive), page, bootInfo, plan);
  yield* initVspaces(run);
  yield* initSchedContexts(run);
  yield* initTcbs(run);
  yield* initCspaces(run);
  yield* log(sel4, `Rootserver cnode: ${run.pool.nextSlot} used of ${bootInfo.empty.end}`);
  yield* log(
    sel4,
    `Rootserver untypeds: ${run.pool.currentUntyped} used of ${bootInfo.untyped.end}`,
  );
  if (plan !== undefined) yield* handOver(run, bootInfo, plan);
  yield* forEachTask(spec.objects, function* (object, id): Task<void> {
    const tcb = run.table.originals[id];
    if (object.kind === "tcb" && object.resume && tcb !== undefined) yield* sel4.tcb.resume(tcb);
  });
}
