export { type Graphviz, renderSvg, type SvgOptions } from "./render-svg.ts";
