/** log2 of the slots of every component's receive CNode (`MEMORY_RECV_CNODE_DEPTH`). */
export const RECV_CNODE_DEPTH = 8;
