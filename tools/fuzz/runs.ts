/** `pnpm test:fuzz` runs long tests so many times longer than `pnpm test` does. */
const FUZZ_FACTOR = 6;

/** How many runs a property that needs many steps gets. */
export function runs(count: number): number {
  return process.env["CANTRIP_FUZZ"] === undefined ? count : count * FUZZ_FACTOR;
}
