import type { DeviceTreeNode } from "../device-tree.ts";

/** Devicetree Specification 0.4, chapter 5. */
const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const END_OF_RESERVATIONS = 16;
const Token = { BeginNode: 1, EndNode: 2, Property: 3, End: 9 } as const;

/**
 * Encodes a device tree as a flattened one: what boot loaders hand to kernels. Big endian.
 *
 * @param root - its root node
 * @param leastBytes - the blob is filled with zeros up to this size, as `dtc -S` does
 */
export function encodeDeviceTree(root: DeviceTreeNode, leastBytes = 0): Uint8Array {
  const structure: number[] = [];
  const strings: number[] = [];
  const offsets = new Map<string, number>();
  const word = (value: number): void => {
    for (let shift = 24; shift >= 0; shift -= 8) structure.push((value >>> shift) & 0xff);
  };
  const padded = (bytes: readonly number[]): void => {
    for (const byte of bytes) structure.push(byte);
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const nameOffset = (name: string): number => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    offsets.set(name, offset);
    strings.push(...terminated(name));
    return offset;
  };
  const node = (name: string, { properties, nodes = {} }: DeviceTreeNode): void => {
    word(Token.BeginNode);
    padded(terminated(name));
    for (const [property, value] of Object.entries(properties)) {
      const bytes = value.flatMap((part) =>
        typeof part === "string" ? terminated(part) : bigEndian(part),
      );
      word(Token.Property);
      word(bytes.length);
      word(nameOffset(property));
      padded(bytes);
    }
    for (const [child, below] of Object.entries(nodes)) node(child, below);
    word(Token.EndNode);
  };
  node("", root);
  word(Token.End);

  const structureAt = HEADER_BYTES + END_OF_RESERVATIONS;
  const stringsAt = structureAt + structure.length;
  const total = Math.max(stringsAt + strings.length, leastBytes);
  const blob = new Uint8Array(total);
  const view = new DataView(blob.buffer);
  [
    ...[MAGIC, total, structureAt, stringsAt, HEADER_BYTES],
    ...[VERSION, LAST_COMPATIBLE_VERSION, 0, strings.length, structure.length],
  ].forEach((value, index) => {
    view.setUint32(4 * index, value);
  });
  blob.set(structure, structureAt);
  blob.set(strings, stringsAt);
  return blob;
}

function terminated(text: string): number[] {
  return [...Array.from(text, (character) => character.charCodeAt(0)), 0];
}

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}
