import type { UpstreamProfile } from "./profile-types.ts";
import { upstream } from "./upstream.ts";

/** Bytes of a word. */
const WORD = 8;

/**
 * Current seL4 (16.0.0-dev), MCS, riscv64 with Sv39, without FPU, debug build with printing. Calls and checks are those of
 * the 32-bit kernel of the same version; nobody counted the instructions of this one, so its costs are, too.
 */
export const upstream64: UpstreamProfile = {
  ...upstream,
  name: "upstream64",
  wordBits: 64,
  // `sel4_arch_include/riscv64`: the pages of 1 GiB come first.
  objectType: {
    ...upstream.objectType,
    gigaPage: 7,
    page4K: 8,
    megaPage: 9,
    pageTable: 10,
  },
  sizeBits: {
    slot: 5,
    tcb: 10,
    endpoint: 4,
    notification: 6,
    reply: 5,
    minSchedContext: 7,
    page4K: 12,
    megaPage: 21,
    gigaPage: 30,
    pageTable: 12,
    pageTableEntry: 3,
    asidPool: 12,
    minUntyped: 4,
    maxUntyped: 38,
    ipcBuffer: 10,
  },
  checks: { ...upstream.checks, configureFlagsLength: 5 },
  settings: {
    ...upstream.settings,
    paddrUserDeviceTop: 2 ** 39,
    asidPoolEntries: 512,
    numAsidPools: 128,
    pageTableLevels: 3,
    userTop: 0x3ffffff000,
    badgeBits: 64,
  },
  // The words of the 32-bit layout, twice as long, but for CNode size and domain, which are followed by ranges.
  bootInfo: {
    extraLen: 0,
    nodeID: WORD,
    numNodes: 2 * WORD,
    numIOPTLevels: 3 * WORD,
    ipcBuffer: 4 * WORD,
    empty: 5 * WORD,
    sharedFrames: 7 * WORD,
    userImageFrames: 9 * WORD,
    userImagePaging: 11 * WORD,
    ioSpaceCaps: 13 * WORD,
    extraBIPages: 15 * WORD,
    initThreadCNodeSizeBits: 17 * WORD,
    initThreadDomain: 18 * WORD,
    schedcontrol: 19 * WORD,
    untyped: 21 * WORD,
    untypedList: 23 * WORD,
    untypedDescBytes: 2 * WORD,
  },
};
