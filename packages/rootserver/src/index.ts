export type { MemoryRange, RootserverBirth } from "./birth.ts";
export {
  HAND_OVER_MAGIC,
  handOverPieces,
  handOverRemaining,
  PIECES_MAGIC,
} from "./hand-over-page.ts";
export { RootserverError } from "./rootserver-error.ts";
export { rootserverProgram } from "./rootserver-program.ts";
