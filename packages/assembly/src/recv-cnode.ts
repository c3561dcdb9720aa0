import type { ComponentType } from "./description.ts";

/** `MEMORY_RECV_CNODE_DEPTH` of CantripOS. */
const RECV_CNODE_DEPTH = 8;

/** log2 of the slots of a component's receive CNode. */
export function recvCNodeDepth({ recvCNodeSizeBits }: ComponentType): number {
  return recvCNodeSizeBits ?? RECV_CNODE_DEPTH;
}
