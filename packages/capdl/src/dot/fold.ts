import { type CapdlFrame } from "../model.ts";
import { SpecRight } from "../spec.ts";
import { type MappedFrame, type SpecComponents } from "../components.ts";

/** Frames whose names differ in their last number only: a region of memory. */
export interface Region {
  /** The names, with `*` for the number. */
  readonly name: string;
  readonly frames: readonly CapdlFrame[];
  /** Bits of `SpecRight` that its mappings have together. */
  readonly rights: number;
}

/** Name of the region that a frame belongs to. */
function regionName(frame: string): string {
  return frame.replace(/\d+(?=\D*$)/, "*");
}

/** Mapped frames in regions, in the order of their first frames. */
export function foldFrames(
  mapped: readonly MappedFrame[],
  components: SpecComponents,
): readonly Region[] {
  const regions = new Map<string, { frames: Map<string, CapdlFrame>; rights: number }>();
  for (const { name, rights } of mapped) {
    const frame = components.object(name);
    if (frame?.kind !== "frame") continue;
    const key = regionName(name);
    const region = regions.get(key) ?? { frames: new Map<string, CapdlFrame>(), rights: 0 };
    region.frames.set(name, frame);
    region.rights |= rights;
    regions.set(key, region);
  }
  return [...regions].map(([name, { frames, rights }]) => ({
    name: frames.size === 1 ? ([...frames.keys()][0] ?? name) : name,
    frames: [...frames.values()],
    rights,
  }));
}

/** `12 pages, 48 KiB`, and where a device's are. */
export function regionSize(frames: readonly CapdlFrame[]): string {
  const bytes = frames.reduce((sum, { sizeBits }) => sum + 2 ** sizeBits, 0);
  const count = frames.length === 1 ? "1 frame" : `${frames.length} frames`;
  const size = bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
  const [first] = frames;
  const paddr = first?.paddr === undefined ? "" : `, at 0x${first.paddr.toString(16)}`;
  return `${count}, ${size}${paddr}`;
}

const LETTERS = [
  [SpecRight.read, "R"],
  [SpecRight.write, "W"],
  [SpecRight.grant, "G"],
  [SpecRight.grantReply, "P"],
] as const;

/** Letters of rights; a frame's grant is the right to execute. */
export function rightsLetters(rights: number, isFrame = false): string {
  return LETTERS.filter(([bit]) => (rights & bit) !== 0)
    .map(([, letter]) => (isFrame && letter === "G" ? "X" : letter))
    .join("");
}
