export {
  type ArchiveIndex,
  type Builtin,
  type BundleEnding,
  findBuiltin,
  indexArchive,
} from "./builtin-archive.ts";
export { KeyStore, MAX_KEYS, VALUE_BYTES } from "./key-store.ts";
