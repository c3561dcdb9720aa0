import { checkInvariants, KernelInvariantError } from "@cantrip/sel4-kernel";
import { CSpaceView } from "./cspace.ts";
import { TestSystem } from "./test-system.ts";

/** What a matcher says. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** Matchers for `expect.extend` of vitest or jest. */
export const matchers = {
  /** The system printed a text, at any time. */
  toHavePrinted(received: unknown, text: string): MatcherResult {
    const { transcript } = testSystem(received);
    const pass = transcript.includes(text);
    const what = JSON.stringify(text);
    return {
      pass,
      message: () =>
        pass ? `${what} was printed` : `${what} was not printed; the console has:\n${transcript}`,
    };
  },

  /** The kernel's state is sound. */
  toBeSound(received: unknown): MatcherResult {
    const { system } = testSystem(received);
    try {
      checkInvariants(system.kernel.state);
      return { pass: true, message: () => "the kernel's state is sound" };
    } catch (error) {
      if (!(error instanceof KernelInvariantError)) throw error;
      return { pass: false, message: () => error.message };
    }
  },

  /** A CSpace holds a capability in a slot: the words of {@link CSpaceView.at}. */
  toHoldCap(received: unknown, slot: number, words: string): MatcherResult {
    if (!(received instanceof CSpaceView)) throw new TypeError("toHoldCap is for a CSpaceView");
    const found = received.at(slot);
    return {
      pass: found === words,
      message: () =>
        `slot ${slot} of ${received.owner} holds ${found ?? "nothing"}; wanted ${words}`,
    };
  },
};

function testSystem(received: unknown): TestSystem {
  if (!(received instanceof TestSystem)) throw new TypeError("the matcher is for a TestSystem");
  return received;
}
