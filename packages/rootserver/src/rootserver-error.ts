/** Something that keeps the root server from making the system. */
export class RootserverError extends Error {
  override readonly name = "RootserverError";
}
