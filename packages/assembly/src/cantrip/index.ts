export * as componentTypes from "./component-types.ts";
export { timerServiceFromElf } from "./component-types.ts";
export { type ConsoleExtension, debugConsoleWith } from "./debug-console-with.ts";
export { sparrow, type SparrowChoices } from "./sparrow.ts";
export { SMALL_CHANGES, type SmallChange, sparrowSmall } from "./sparrow-small.ts";
