/** Kind of a memory access. */
export const Access = { load: 0, store: 1, fetch: 2 } as const;
export type Access = (typeof Access)[keyof typeof Access];
