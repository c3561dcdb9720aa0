import { expect } from "vitest";
import { matchers } from "../matchers.ts";
import { viewSerializer } from "../serializers.ts";

/** What the matchers add to `expect`. */
export interface CantripMatchers<R = unknown> {
  /** The system printed a text, at any time. */
  toHavePrinted(text: string): R;
  /** The kernel's state is sound. */
  toBeSound(): R;
  /** A CSpace holds a capability in a slot: `endpoint RW, badge 1`. */
  toHoldCap(slot: number, words: string): R;
}

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type -- merges into vitest's declaration, which it has to equal
  interface Matchers<T = any> extends CantripMatchers<T> {}
}

expect.extend(matchers);
expect.addSnapshotSerializer(viewSerializer);
