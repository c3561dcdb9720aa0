export { capdlDot, type DotView } from "./capdl-dot.ts";
export { type MappedFrame, type SpecComponent, SpecComponents } from "../components.ts";
