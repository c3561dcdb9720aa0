import { wordNumber } from "./words.ts";

const FIRST = wordNumber("cspace");
const LAST = wordNumber("bound_vcpu");

/** Slots of a TCB by the names that the language has for them. */
export const TcbSlots = {
  /** Slot that a word names, or -1. */
  numberOf(word: number): number {
    return word >= FIRST && word <= LAST ? word - FIRST : -1;
  },
} as const;
