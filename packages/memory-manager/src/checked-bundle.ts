import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import { type KernelConfig, powerOfTwo } from "@cantrip/sel4-config";
import { invalidContainer, invalidCount } from "./memory-failure.ts";
import { checkedObject, type CheckedObject } from "./object-size.ts";

const WORD_BITS = 32;

/**
 * Checks a bundle before anything is done with it: each descriptor, and that their slots exist and are apart.
 *
 * @returns the objects in the order of their slots
 * @throws MemoryFailure
 */
export function checkedBundle(bundle: ObjDescBundle, config: KernelConfig): CheckedObject[] {
  const { depth } = bundle;
  const objects = bundle.objs.map((desc) => checkedObject(desc, config));
  if (objects.length === 0) return objects;
  if (depth < 1 || depth > WORD_BITS) throw invalidContainer(`depth ${depth}`);
  const slots = powerOfTwo(depth);
  if (!isAscending(objects)) objects.sort((a, b) => a.cptr - b.cptr);
  let end = 0;
  for (const { type, cptr, count } of objects) {
    if (!(cptr + count <= slots)) {
      throw invalidContainer(`slots ${cptr} to ${cptr + count} at depth ${depth}`);
    }
    // Of two objects in one slot one would not be there.
    if (cptr < end) throw invalidCount(type, count);
    end = cptr + count;
  }
  return objects;
}

function isAscending(objects: readonly CheckedObject[]): boolean {
  let last = 0;
  for (const { cptr } of objects) {
    if (cptr < last) return false;
    last = cptr;
  }
  return true;
}
