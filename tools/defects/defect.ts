import { expect, it } from "vitest";

/**
 * Two tests of a defect of the original's: ours passes, and a mutant with the original's behaviour does not, in the way that
 * `failure` says.
 */
export function defect<Subject>(
  name: string,
  subjects: { readonly ours: Subject; readonly mutant: Subject },
  test: (subject: Subject) => void,
  failure: RegExp,
): void {
  it(name, () => {
    test(subjects.ours);
  });
  it(`${name}: a mutant with the original's behaviour fails the test`, () => {
    expect(() => {
      test(subjects.mutant);
    }).toThrow(failure);
  });
}
