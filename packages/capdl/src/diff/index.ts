export { type SpecDifference } from "./compare.ts";
export { applyDelta, type DeltaResult, type ExpectedDifference } from "./delta.ts";
export { diffSpecs, type DiffOptions, type SpecDiff } from "./diff-specs.ts";
export { differencesText } from "./format-differences.ts";
export { type DiffParameter } from "./parameters.ts";
export { withoutObjects } from "./without-objects.ts";
