export { RequestServer } from "./answer-request.ts";
export { FileStore, type FileStoreOptions, type StoredFile } from "./file-store.ts";
export { securityCore, type SecurityCoreOptions } from "./security-core.ts";
