import { Cause } from "./cause.ts";
import type { Hart } from "./hart.ts";

/** What the table does not have is illegal. */
export function executeExternal(hart: Hart, immediate: number): void {
  hart.trap(Cause.illegalInstruction, immediate);
}
