/** A part of the root server's own address space. */
export interface ImagePart {
  readonly address: number;
  readonly size: number;
}

/** What a linker would compile into the root server: where things are in its own image. */
export interface RootserverBirth {
  /** Name of the kernel's profile. */
  readonly profile: string;
  /** The whole image. */
  readonly image: ImagePart;
  /** The binary capDL specification. */
  readonly spec: ImagePart;
  /** A newc archive with the component images. */
  readonly archive: ImagePart;
  /** Pages that are given up for temporary mappings; 64 KiB, aligned to their size. */
  readonly copyRegion: ImagePart;
}

/** The system cannot be instantiated. */
export class RootserverError extends Error {
  override readonly name = "RootserverError";
}
