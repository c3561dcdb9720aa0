import { SpecRight } from "../spec.ts";
import { type MemoryReach, type Reach } from "./reach-of.ts";

/** What of a reach is asked for. */
export interface ReachQuery {
  /** Component that reaches. */
  readonly from?: string;
  /** Component that is reached, or a frame. */
  readonly to?: string;
}

/** The part of a reach that a query asks for. Memory of a component is what it has mapped; its own reach of that is no answer. */
export function queryReach(reach: Reach, { from, to }: ReachQuery): Reach {
  return {
    components: reach.components,
    memory: reach.memory.filter(
      ({ component, frame, mappedBy }) =>
        (from === undefined || component === from) &&
        (to === undefined || frame === to || (mappedBy.includes(to) && component !== to)),
    ),
    channels: reach.channels.filter(
      (channel) =>
        (from === undefined || channel.from === from) && (to === undefined || channel.to === to),
    ),
    controls: reach.controls.filter(
      (control) =>
        (from === undefined || control.from === from) && (to === undefined || control.to === to),
    ),
  };
}

/** One line for each two components: memory of the second that the first can get at, and how it can send to it. */
export function reachText(reach: Reach, query: ReachQuery = {}): string {
  const { memory, channels, controls } = queryReach(reach, query);
  const { to } = query;
  if (to !== undefined && !reach.components.includes(to))
    return memory.map((access) => `${access.component}: ${accessText(access)}\n`).join("");
  const pairs = new Map<string, string[]>();
  const line = (from: string, other: string): string[] => {
    const key = `${from} -> ${other}`;
    const words = pairs.get(key) ?? [];
    pairs.set(key, words);
    return words;
  };
  const byPair = new Map<string[], Map<string, string[]>>();
  for (const access of memory) {
    const others = access.mappedBy.filter((name) => name !== access.component);
    for (const other of others) {
      if (to !== undefined && other !== to) continue;
      const words = line(access.component, other);
      const frames = byPair.get(words) ?? new Map<string, string[]>();
      byPair.set(words, frames);
      const how = `${rightsText(access.rights)} by ${access.way}`;
      frames.set(how, [...(frames.get(how) ?? []), access.frame]);
    }
    if (access.mappedBy.length === 0) {
      const words = line(access.component, access.frame);
      words.push(`${rightsText(access.rights)} by ${access.way}`);
    }
  }
  for (const [words, frames] of byPair)
    for (const [how, names] of frames) words.push(`memory ${how}: ${shortened(names)}`);
  for (const { from, to: other, object, way } of controls)
    line(from, other).push(
      way === "hand-over"
        ? "decides over everything by hand-over"
        : `decides over ${way} ${object}`,
    );
  for (const { from, to: other, object, kind, grants } of channels)
    line(from, other).push(`${kind} ${object}${grants ? " with capabilities" : ""}`);
  return [...pairs].map(([pair, words]) => `${pair}: ${words.join("; ")}\n`).join("");
}

const MOST_NAMES = 3;

function shortened(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(", ");
  return `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;
}

function accessText({ frame, rights, way }: MemoryReach): string {
  return `${frame} ${rightsText(rights)} by ${way}`;
}

function rightsText(rights: number): string {
  return [
    (rights & SpecRight.read) === 0 ? "" : "R",
    (rights & SpecRight.write) === 0 ? "" : "W",
    (rights & SpecRight.grant) === 0 ? "" : "X",
  ].join("");
}
