import { AddressSpaceView } from "./address-space.ts";
import { CSpaceView } from "./cspace.ts";

/** A snapshot serialiser of vitest or jest. */
export interface SnapshotSerializer {
  test(value: unknown): boolean;
  serialize(value: unknown): string;
}

/** Prints CSpaces and address spaces as their lines. */
export const viewSerializer: SnapshotSerializer = {
  test: (value) => value instanceof CSpaceView || value instanceof AddressSpaceView,
  serialize: (value) => String(value),
};
