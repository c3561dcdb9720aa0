import { mix, type SpecGraph } from "./graph.ts";

/** Rounds after which objects that still look alike are taken to do so. */
const MAX_ROUNDS = 12;

/**
 * How objects look from near and far: colours of round 0 come from the object alone, those of round `n` from all that is up to `n`
 * capabilities away. Two objects near a difference have different colours in late rounds, and equal ones in early rounds.
 */
export function colourRounds(graph: SpecGraph): readonly Int32Array[] {
  const { labels, offsets, neighbours, seen } = graph;
  const count = labels.length;
  const rounds = [labels];
  let colours = labels;
  let classes = new Set(labels).size;
  while (rounds.length <= MAX_ROUNDS) {
    const next = new Int32Array(count);
    const ids = new Map<number, number>();
    for (let node = 0; node < count; node++) {
      const own = colours[node] ?? 0;
      let low = mix(-1, own, 0);
      let high = mix(-1, own, 1);
      const end = offsets[node + 1] ?? 0;
      for (let half = offsets[node] ?? 0; half < end; half++) {
        // Swapped, so that the direction is that of the node itself.
        const label = (seen[half] ?? 0) ^ 1;
        const colour = colours[neighbours[half] ?? 0] ?? 0;
        low = (low + mix(label, colour, 0)) | 0;
        high = (high + mix(label, colour, 1)) | 0;
      }
      const key = (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
      let id = ids.get(key);
      if (id === undefined) {
        id = ids.size;
        ids.set(key, id);
      }
      next[node] = id;
    }
    if (ids.size === classes) break;
    classes = ids.size;
    colours = next;
    rounds.push(next);
  }
  return rounds;
}
