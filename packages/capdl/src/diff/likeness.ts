import { type SpecGraph } from "./graph.ts";
import { colourRounds } from "./rounds.ts";

/**
 * Pairs the objects of two specifications that are not the same: first those that look alike from farthest away, and from them along
 * capabilities in equal slots; names decide between equals, and join what changed in place.
 *
 * @returns for each left node its right node, or -1
 */
export function pairAlike(graph: SpecGraph): Int32Array {
  return new Pairing(graph).run();
}

class Pairing {
  readonly #graph: SpecGraph;
  readonly #rounds: readonly Int32Array[];
  readonly #partner: Int32Array;
  readonly #rightByName = new Map<string, number>();
  /** Candidates by the last round in which they look alike, plus one; pairs of nodes one after the other. */
  readonly #queues: number[][];
  #highest = -1;

  constructor(graph: SpecGraph) {
    this.#graph = graph;
    this.#rounds = colourRounds(graph);
    this.#partner = new Int32Array(graph.objects.length).fill(-1);
    this.#queues = Array.from({ length: this.#rounds.length + 1 }, () => []);
    for (let node = graph.firstRight; node < graph.objects.length; node++)
      this.#rightByName.set(this.#name(node), node);
  }

  run(): Int32Array {
    const { firstRight, objects } = this.#graph;
    // From afar to near: what is unique or has the same name; what is neither only when nothing better is left.
    for (let round = this.#rounds.length - 1; round >= 0; round--) this.#pairRound(round, false);
    for (let round = this.#rounds.length - 1; round >= 0; round--) this.#pairRound(round, true);
    this.#follow(0);
    for (let left = 0; left < firstRight; left++) {
      const right = this.#rightByName.get(this.#name(left));
      if (right === undefined || objects[left]?.kind !== objects[right]?.kind) continue;
      this.#pair(left, right);
      this.#follow(0);
    }
    return this.#partner.slice(0, firstRight);
  }

  /** Pairs what looks alike in a round: unique objects and those of equal names, or all. */
  #pairRound(round: number, isAny: boolean): void {
    this.#follow(round + 1);
    const { firstRight } = this.#graph;
    const colours = this.#rounds[round] ?? new Int32Array(0);
    const classes = new Map<number, { left: number[]; right: number[] }>();
    for (let node = 0; node < this.#partner.length; node++) {
      if (this.#partner[node] !== -1) continue;
      const colour = colours[node] ?? 0;
      let members = classes.get(colour);
      if (members === undefined) {
        members = { left: [], right: [] };
        classes.set(colour, members);
      }
      (node < firstRight ? members.left : members.right).push(node);
    }
    for (const { left, right } of classes.values()) {
      if (left.length === 0 || right.length === 0) continue;
      const [first = 0] = right;
      const [only = 0] = left;
      if (left.length === 1 && right.length === 1) this.#pair(only, first);
      else this.#pairEquals(left, right, round, isAny);
      this.#follow(round + 1);
    }
  }

  #pairEquals(
    left: readonly number[],
    right: readonly number[],
    round: number,
    isAny: boolean,
  ): void {
    const colours = this.#rounds[round] ?? new Int32Array(0);
    for (const node of left) {
      const named = this.#rightByName.get(this.#name(node));
      if (named !== undefined && colours[named] === colours[node]) this.#pair(node, named);
    }
    if (!isAny) return;
    let next = 0;
    for (const node of left) {
      while (next < right.length && this.#partner[right[next] ?? 0] !== -1) next++;
      const other = right[next];
      if (other === undefined) return;
      if (this.#partner[node] !== -1) continue;
      this.#pair(node, other);
      this.#follow(round + 1);
    }
  }

  #pair(left: number, right: number): void {
    if (this.#partner[left] !== -1 || this.#partner[right] !== -1) return;
    this.#partner[left] = right;
    this.#partner[right] = left;
    this.#propose(left, right);
  }

  /** Pairs candidates that look alike at least this far. */
  #follow(least: number): void {
    while (this.#highest >= least) {
      const queue = this.#queues[this.#highest] ?? [];
      const right = queue.pop();
      const left = queue.pop();
      if (left === undefined || right === undefined) this.#highest--;
      else this.#pair(left, right);
    }
  }

  /** Makes candidates of what a pair names, and of what names it, by the same label. */
  #propose(left: number, right: number): void {
    const { offsets, neighbours, seen } = this.#graph;
    const others = new Map<number, number[]>();
    const end = offsets[right + 1] ?? 0;
    for (let half = offsets[right] ?? 0; half < end; half++) {
      const node = neighbours[half] ?? 0;
      if (this.#partner[node] !== -1) continue;
      const label = seen[half] ?? 0;
      const list = others.get(label);
      if (list === undefined) others.set(label, [node]);
      else list.push(node);
    }
    if (others.size === 0) return;
    const limit = offsets[left + 1] ?? 0;
    for (let half = offsets[left] ?? 0; half < limit; half++) {
      const node = neighbours[half] ?? 0;
      const list = this.#partner[node] === -1 ? others.get(seen[half] ?? 0) : undefined;
      if (list === undefined) continue;
      // Alike from afar; else the only one there is.
      const best = this.#best(node, list);
      if (best !== undefined) list.splice(list.indexOf(best), 1);
      if (best !== undefined) this.#enqueue(node, best);
    }
  }

  #best(node: number, list: readonly number[]): number | undefined {
    let best: number | undefined;
    let most = list.length === 1 ? -1 : 0;
    for (const other of list.length > 16 ? list.slice(0, 16) : list) {
      const isNamed = this.#name(node) === this.#name(other);
      const depth = this.#depth(node, other) * 2 + (isNamed ? 1 : 0);
      if (depth <= most) continue;
      most = depth;
      best = other;
    }
    return best;
  }

  #enqueue(left: number, right: number): void {
    const { objects } = this.#graph;
    if (objects[left]?.kind !== objects[right]?.kind) return;
    const depth = this.#depth(left, right);
    this.#queues[depth]?.push(left, right);
    this.#highest = Math.max(this.#highest, depth);
  }

  /** One more than the last round in which two nodes look alike; 0 when they never do. */
  #depth(left: number, right: number): number {
    let depth = 0;
    for (const colours of this.#rounds) {
      if (colours[left] !== colours[right]) break;
      depth++;
    }
    return depth;
  }

  #name(node: number): string {
    return this.#graph.objects[node]?.name ?? "";
  }
}
