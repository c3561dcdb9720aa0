import type { Task } from "@cantrip/hosted";

/** Fails at once: what is thrown is logged, and the code is 101. */
export function* panic(): Task<number> {
  throw new Error("Goodbye, cruel world");
}
