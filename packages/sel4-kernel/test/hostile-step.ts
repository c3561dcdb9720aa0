import fc from "fast-check";
import { rarely } from "../../../tools/fuzz/rarely.ts";
import type { Message } from "./kernel-world.ts";

/** One thing that whatever thread happens to run does. */
export const step = fc.record({
  /** 0..9: anything; above: something that makes sense. */
  kind: fc.nat({ max: 62 }),
  p: fc.nat({ max: 255 }),
  q: fc.nat({ max: 255 }),
  r: fc.nat({ max: 255 }),
  us: fc.oneof(fc.constant(5), fc.nat({ max: 900 })),
  isPending: fc.boolean(),
  /** An invocation that lacks something, or has something else in its place. */
  spoil: rarely(fc.nat({ max: 255 }), 10),
});
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The message without something that belongs to it, or with something strange in its place. */
export function spoilt(
  message: Message,
  spoil: number | undefined,
  everything: readonly number[],
): Message {
  const { words = [], caps = [] } = message;
  if (spoil === undefined) return message;
  const at = spoil >> 2;
  const strange = [0, 1, 0xffff, 0x1001, 0x7fffffff][at % 5] ?? 0;
  const wrong = everything[at % everything.length] ?? 0;
  switch (spoil & 3) {
    case 0:
      return { ...message, words: words.slice(0, -1) };
    case 1:
      return { ...message, caps: caps.slice(0, -1) };
    case 2:
      return {
        ...message,
        words: words.map((word, index) => (at % 4 === index ? strange : word)),
      };
    default:
      return { ...message, caps: caps.map((cap, index) => (at % 3 === index ? wrong : cap)) };
  }
}
