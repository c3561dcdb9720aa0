export { SpecImageError } from "./spec-image-error.ts";
export { SpecImageReader, type SpecImageSource } from "./spec-image-reader.ts";
export { writeSpecImage } from "./write-spec-image.ts";
