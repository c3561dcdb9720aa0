export {
  type ArchiveIndex,
  type Builtin,
  BUNDLE_ENDINGS,
  type BundleEnding,
  indexArchive,
  withoutEnding,
} from "./builtin-archive.ts";
export { KeyStore, MAX_KEYS, VALUE_BYTES } from "./key-store.ts";
