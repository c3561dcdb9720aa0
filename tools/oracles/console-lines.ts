import { failed, passed, type TestResult } from "./suite.ts";

/** A message of a debug kernel about a call that failed, in colours: `<<seL4(CPU 0) [...]: ...>>`. */
// eslint-disable-next-line no-control-regex -- colours
const KERNEL_MESSAGE = /\x1b\[0m\x1b\[30;1m<<.*?>>\x1b\[0m\r?\n/gs;
/** The number at the end of a line is its value; what stands before it names the test. */
const VALUE = /\s*-?\d+$/;

/**
 * Compares what a program prints on a real kernel with what it prints on the model: one test a line. What a debug kernel
 * itself says about failing calls is left out.
 */
export function compareConsoles(prefix: string, real: string, model: string): TestResult[] {
  const theirs = lines(real);
  const ours = lines(model);
  const seen = new Map<string, number>();
  return Array.from({ length: Math.max(theirs.length, ours.length) }, (_, index) => {
    const their = theirs[index];
    const our = ours[index];
    const label = (their ?? our ?? "").replace(VALUE, "");
    const times = (seen.get(label) ?? 0) + 1;
    seen.set(label, times);
    const name = `${prefix}/${label}${times === 1 ? "" : ` (${times})`}`;
    return their === our
      ? passed(name)
      : failed(name, `the model: ${our ?? "nothing"}; the kernel: ${their ?? "nothing"}`);
  });
}

function lines(text: string): string[] {
  return text
    .replace(KERNEL_MESSAGE, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
}
