/** Bytes of the root server's address space. */
export interface MemoryRange {
  /** Virtual address of the first byte. */
  readonly address: number;
  /** Bytes. */
  readonly size: number;
}

/** What a linker would compile into the root server. Plain data. */
export interface RootserverBirth {
  /** Name of the kernel's profile. */
  readonly profile: string;
  /** The whole image; the frames of `userImageFrames` begin at its address. Page-aligned. */
  readonly image: MemoryRange;
  /** The encoded specification; it may be shorter than its room. */
  readonly spec: MemoryRange;
  /** newc archive of the components' ELF files; of 0 bytes when they come from the security core. */
  readonly archive: MemoryRange;
  /** Where the components' ELF files come from instead of the archive. */
  readonly securityCore?: {
    /** Physical address of the mailbox's registers; a frame of the specification has to be there. */
    readonly mailbox: number;
  };
  /** Pages of the image that are given up: their hole is where frames are mapped to be filled. 64 KiB, aligned to that. */
  readonly copyRegion: MemoryRange;
}
