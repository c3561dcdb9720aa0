export { CopyRegion } from "./copy-region.ts";
