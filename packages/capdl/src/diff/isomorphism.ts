import { type SpecGraph } from "./graph.ts";
import { Partition } from "./partition.ts";

/** Choices that may turn out wrong before the search is given up. */
const MAX_WRONG_CHOICES = 1000;

/**
 * Looks for a one-to-one correspondence of all objects: colours are refined; where several objects keep one colour, two are taken
 * for each other (those with the same name if there are such), and colours are refined again.
 *
 * @returns for each left node its right node; `undefined` when there is none, or none was found
 */
export function findIsomorphism(graph: SpecGraph): Int32Array | undefined {
  const { objects, firstRight } = graph;
  const partition = new Partition(graph);
  if (!partition.isBalanced) return undefined;
  const rightByName = new Map<string, number>();
  for (let node = firstRight; node < objects.length; node++)
    rightByName.set(objects[node]?.name ?? "", node);
  let wrong = 0;
  // Colours that come later have higher numbers, so one pass is enough.
  for (let colour = 0; colour < partition.colours; colour++) {
    for (;;) {
      const members = partition.leftOf(colour);
      const left = members.at(-1);
      if (left === undefined || members.length === 1) break;
      const named = rightByName.get(objects[left]?.name ?? "");
      const hint = named !== undefined && partition.colourOf(named) === colour ? named : undefined;
      const isPaired = someCandidate(partition, colour, hint, (right) => {
        if (wrong > MAX_WRONG_CHOICES) return false;
        partition.mark();
        partition.pair(left, right);
        if (partition.isBalanced) return true;
        partition.undo();
        wrong++;
        return false;
      });
      if (!isPaired) return undefined;
    }
  }
  return pairsOf(partition, graph);
}

/** Tries right nodes of a colour, the one with the same name first. */
function someCandidate(
  partition: Partition,
  colour: number,
  hint: number | undefined,
  test: (right: number) => boolean,
): boolean {
  const first = hint ?? partition.rightOf(colour).at(-1);
  if (first === undefined) return false;
  if (test(first)) return true;
  // A copy: members change while they are tried.
  return partition
    .rightOf(colour)
    .filter((node) => node !== first)
    .some(test);
}

function pairsOf(partition: Partition, { firstRight }: SpecGraph): Int32Array {
  const pairs = new Int32Array(firstRight).fill(-1);
  for (let colour = 0; colour < partition.colours; colour++) {
    const [left] = partition.leftOf(colour);
    const [right] = partition.rightOf(colour);
    if (left !== undefined && right !== undefined) pairs[left] = right;
  }
  return pairs;
}
