import type { OracleSuite } from "./suite.ts";
export const kernels: OracleSuite = { name: "kernels", *run() { yield* []; } };
