import { failed, passed, type TestResult } from "./suite.ts";

/** A message of a debug kernel about a call that failed, in colours: `<<seL4(CPU 0) [...]: ...>>`. */
// eslint-disable-next-line no-control-regex -- colours
export const KERNEL_MESSAGE = /\x1b\[0m\x1b\[(?:30;)?1m<<.*?>>\x1b\[0m\r?\n/gs;
/** The number at the end of a line is its value; what stands before it names the test. */
const VALUE = /\s*-?\d+$/;

/**
 * Compares what a program prints on a real kernel with what it prints on the model: one test a line. What a debug kernel
 * itself says about failing calls is left out.
 */
export function compareConsoles(prefix: string, real: string, model: string): TestResult[] {
  const theirs = programLines(real);
  const ours = programLines(model);
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

/** Compares the same as one test that says where they begin to differ. */
export function compareAnswers(prefix: string, real: string, model: string): TestResult {
  const theirs = programLines(real);
  const ours = programLines(model);
  const name = `${prefix}/answers`;
  const at = theirs.findIndex((line, index) => line !== ours[index]);
  if (at < 0 && theirs.length === ours.length) return passed(name);
  const index = at < 0 ? theirs.length : at;
  const [our = "nothing", their = "nothing"] = [ours[index], theirs[index]];
  return failed(name, `line ${index + 1}: the model: ${our}; the kernel: ${their}`);
}

/** Lines of a program's own: without what a debug kernel says about failing calls, and without empty ones. */
export function programLines(text: string): string[] {
  return text
    .replace(KERNEL_MESSAGE, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
}
