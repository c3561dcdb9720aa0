/** Byte offsets in the IPC buffer (`seL4_IPCBuffer`, riscv32). Everything is a word, little endian. */
export const IpcBufferOffset = {
  /** `tag`; the kernel neither reads nor writes it. */
  tag: 0,
  /** `msg[0]`, of 120 words. The kernel reads and writes it from `msg[4]` on. */
  message: 4,
  userData: 484,
  /** `caps_or_badges[0]`, of 3 words. */
  capsOrBadges: 488,
  receiveCNode: 500,
  receiveIndex: 504,
  receiveDepth: 508,
} as const;

/** Bytes of the IPC buffer; it is aligned to its size. */
export const IPC_BUFFER_BYTES = 512;
/** Bytes of the message area: what a message can carry. */
export const MESSAGE_BYTES = 480;
