/**
 * Leaves out what is not needed for something to happen, in pieces that get smaller, down to single ones.
 *
 * @param happens - whether it still happens with these
 * @param tries - how often it may be asked
 */
export function minimise<T>(
  list: readonly T[],
  happens: (shorter: readonly T[]) => boolean,
  tries = 200,
): readonly T[] {
  let best = list;
  let left = tries;
  for (
    let piece = Math.ceil(best.length / 2);
    piece >= 1;
    piece = piece === 1 ? 0 : Math.ceil(piece / 2)
  ) {
    for (let start = best.length - piece; start > -piece && left > 0; start -= piece) {
      const from = Math.max(start, 0);
      const shorter = [...best.slice(0, from), ...best.slice(start + piece)];
      left--;
      if (shorter.length < best.length && happens(shorter)) best = shorter;
    }
  }
  return best;
}
