import fc from "fast-check";

// Coverage is measured on one sequence of random values, so that it is the same each time. `pnpm test` draws others.
fc.configureGlobal({ seed: 20_261 });
