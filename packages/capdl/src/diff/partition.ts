import { mix, type SpecGraph } from "./graph.ts";

/**
 * A colouring of both specifications' objects in which objects of one colour look alike, refined until neighbours of objects of one
 * colour have the same colours, too (an equitable partition). Only what a change of colour touches is looked at again.
 */
export class Partition {
  readonly #graph: SpecGraph;
  readonly #colour: Int32Array;
  /** Sums over neighbours, in two lanes. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** Nodes by colour, and the place of each in its list. */
  readonly #left: number[][] = [];
  readonly #right: number[][] = [];
  readonly #place: Int32Array;
  #unbalanced = 0;
  #touched = new Set<number>();
  /** Nodes and their colours before, in the order of changes; absent when nothing is to be undone. */
  #log: number[] | undefined;

  constructor(graph: SpecGraph) {
    const count = graph.objects.length;
    this.#graph = graph;
    this.#colour = new Int32Array(count);
    this.#low = new Int32Array(count);
    this.#high = new Int32Array(count);
    this.#place = new Int32Array(count);
    const byLabel = new Map<number, number>();
    for (let node = 0; node < count; node++) {
      const label = graph.labels[node] ?? 0;
      let colour = byLabel.get(label);
      if (colour === undefined) {
        colour = this.#newColour();
        byLabel.set(label, colour);
      }
      this.#enter(node, colour);
      this.#touched.add(node);
    }
    for (let node = 0; node < count; node++) this.#tell(node, undefined, this.colourOf(node));
    this.refine();
  }

  /** Whether each colour has as many objects on the left as on the right. */
  get isBalanced(): boolean {
    return this.#unbalanced === 0;
  }
  get colours(): number {
    return this.#left.length;
  }
  colourOf(node: number): number {
    return this.#colour[node] ?? 0;
  }
  leftOf(colour: number): readonly number[] {
    return this.#left[colour] ?? [];
  }
  rightOf(colour: number): readonly number[] {
    return this.#right[colour] ?? [];
  }

  /** Gives two nodes a colour of their own, and follows from it. */
  pair(left: number, right: number): void {
    const colour = this.#newColour();
    this.#recolour(left, colour);
    this.#recolour(right, colour);
    this.refine();
  }

  /** Begins to note changes, for {@link undo}. */
  mark(): void {
    this.#log = [];
  }

  /** Takes all changes since {@link mark} back. */
  undo(): void {
    const log = this.#log ?? [];
    this.#log = undefined;
    for (let index = log.length - 2; index >= 0; index -= 2)
      this.#recolour(log[index] ?? 0, log[index + 1] ?? 0);
    this.#touched = new Set();
  }

  refine(): void {
    while (this.#touched.size > 0) {
      const touched = this.#touched;
      this.#touched = new Set();
      const byColour = new Map<number, number[]>();
      for (const node of touched) {
        const list = byColour.get(this.colourOf(node));
        if (list === undefined) byColour.set(this.colourOf(node), [node]);
        else list.push(node);
      }
      const moves: (readonly [nodes: readonly number[], colour: number])[] = [];
      for (const [colour, nodes] of byColour) {
        for (const group of this.#split(colour, nodes, touched))
          moves.push([group, this.#newColour()]);
      }
      // After all splits were decided, so that the order of colours does not matter.
      for (const [nodes, colour] of moves) for (const node of nodes) this.#recolour(node, colour);
    }
  }

  /** Groups of touched nodes that leave their colour: they see something else than the rest of it. */
  #split(colour: number, nodes: readonly number[], touched: ReadonlySet<number>): number[][] {
    const groups = new Map<number, number[]>();
    for (const node of nodes) {
      const key = this.#signature(node);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [node]);
      else group.push(node);
    }
    const left = this.leftOf(colour);
    const right = this.rightOf(colour);
    let stays: number | undefined;
    if (nodes.length < left.length + right.length) {
      const isRest = (node: number): boolean => !touched.has(node);
      const rest = left.find(isRest) ?? right.find(isRest);
      if (rest !== undefined) stays = this.#signature(rest);
    } else {
      let most = 0;
      for (const [key, group] of groups) {
        if (group.length <= most) continue;
        most = group.length;
        stays = key;
      }
    }
    if (stays !== undefined) groups.delete(stays);
    return [...groups.values()];
  }

  /** 53 bits of both lanes. */
  #signature(node: number): number {
    return ((this.#high[node] ?? 0) & 0x1fffff) * 2 ** 32 + ((this.#low[node] ?? 0) >>> 0);
  }

  #newColour(): number {
    this.#right.push([]);
    return this.#left.push([]) - 1;
  }

  #recolour(node: number, colour: number): void {
    const before = this.colourOf(node);
    if (before === colour) return;
    this.#log?.push(node, before);
    const list = this.#listOf(node, before);
    this.#unbalanced -= this.#weight(before);
    const last = list.pop();
    if (last !== undefined && last !== node) {
      const place = this.#place[node] ?? 0;
      list[place] = last;
      this.#place[last] = place;
    }
    this.#unbalanced += this.#weight(before);
    this.#enter(node, colour);
    this.#tell(node, before, colour);
  }

  #enter(node: number, colour: number): void {
    this.#unbalanced -= this.#weight(colour);
    this.#colour[node] = colour;
    this.#place[node] = this.#listOf(node, colour).push(node) - 1;
    this.#unbalanced += this.#weight(colour);
  }

  #listOf(node: number, colour: number): number[] {
    return (node < this.#graph.firstRight ? this.#left : this.#right)[colour] ?? [];
  }

  /** 1 for a colour with more objects on one side. */
  #weight(colour: number): number {
    return this.leftOf(colour).length === this.rightOf(colour).length ? 0 : 1;
  }

  #tell(node: number, before: number | undefined, after: number): void {
    const { offsets, neighbours, seen } = this.#graph;
    const end = offsets[node + 1] ?? 0;
    for (let half = offsets[node] ?? 0; half < end; half++) {
      const neighbour = neighbours[half] ?? 0;
      const label = seen[half] ?? 0;
      let low = (this.#low[neighbour] ?? 0) + mix(label, after, 0);
      let high = (this.#high[neighbour] ?? 0) + mix(label, after, 1);
      if (before !== undefined) {
        low -= mix(label, before, 0);
        high -= mix(label, before, 1);
      }
      this.#low[neighbour] = low;
      this.#high[neighbour] = high;
      this.#touched.add(neighbour);
    }
  }
}
