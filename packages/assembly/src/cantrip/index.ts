export * as componentTypes from "./component-types.ts";
export { timerServiceFromElf } from "./component-types.ts";
export { sparrow, type SparrowChoices } from "./sparrow.ts";
