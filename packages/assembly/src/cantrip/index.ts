export * as componentTypes from "./component-types.ts";
export { sparrow } from "./sparrow.ts";
