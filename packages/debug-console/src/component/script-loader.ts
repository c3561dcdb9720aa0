import { type ComponentThread, MemoryClient, RpcClient } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import { forEachTask, type Task } from "@cantrip/hosted";
import { securityInterface } from "@cantrip/interfaces/security";
import { CSpaceSlot } from "@cantrip/slot-allocator";

const PAGE_BYTES = 4096;

/**
 * Loads a file of the built-in archive as text, and frees what it was loaded into.
 *
 * @throws RpcError when there is no such file
 */
export function* loadScript(thread: ComponentThread, name: string): Task<string> {
  const memory = new MemoryClient(thread);
  const container = memory.newSlot();
  const security = new RpcClient(thread, "security", securityInterface);
  let reply;
  try {
    reply = yield* security.call("LoadApplication", name, { receiveSlot: container.slot });
  } catch (error) {
    yield* container.drop();
    throw error;
  }
  const bundle = { ...reply.bundleFrames, cnode: container.release() };
  try {
    return yield* readText(thread, memory, bundle);
  } finally {
    yield* memory.freeInCNode(bundle);
  }
}

function* readText(
  thread: ComponentThread,
  memory: MemoryClient,
  bundle: Parameters<MemoryClient["pathsOf"]>[0],
): Task<string> {
  const place = thread.birth.copyRegions["BUNDLE_IMAGE"];
  if (place === undefined)
    throw new RangeError(`${thread.birth.name} has no copy region "BUNDLE_IMAGE"`);
  const region = new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
  let text = "";
  const page = new Uint8Array(PAGE_BYTES);
  yield* forEachTask(memory.pathsOf(bundle), function* (path): Task<void> {
    const frame = new CSpaceSlot(thread.sel4, thread.runtime);
    try {
      yield* frame.dupTo(path);
      yield* region.map(frame.slot);
      region.read(0, page);
      yield* region.unmap();
    } finally {
      yield* frame.drop();
    }
    // Zero bytes behind the end of the file are skipped.
    for (const byte of page) if (byte !== 0) text += String.fromCharCode(byte);
  });
  return text;
}
