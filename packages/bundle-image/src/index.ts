export { BundleImageError, type BundleImageErrorCode } from "./bundle-image-error.ts";
export {
  readSection,
  readSections,
  type BundleSource,
  type PlacedSection,
} from "./bundle-source.ts";
export { checkSections, type SectionDemands } from "./check-sections.ts";
export { crc32 } from "./crc32.ts";
export {
  DEFAULT_MANIFEST,
  formatManifest,
  ManifestError,
  parseManifest,
  type BundleManifest,
  type RestartPolicy,
} from "./manifest.ts";
export { manifestOf, readManifest, withManifest } from "./manifest-trailer.ts";
export { checkCrc, readBundleImage, type BundleSection } from "./read-bundle-image.ts";
export {
  encodeSectionHeader,
  parseSectionHeader,
  SECTION_HEADER_BYTES,
  SectionFlag,
  sectionType,
  SectionType,
  type BundleType,
  type SectionHeader,
} from "./section-header.ts";
export { writeBundleImage } from "./write-bundle-image.ts";
