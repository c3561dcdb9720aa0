import type { StepEnd, Task } from "./task.ts";
import { Steps } from "./trampoline.ts";

/**
 * Runs a task to its end without a machine, for tests of code that is generic over tasks.
 *
 * @param onStep - called at each step end; put the results of a system call into the test's context here
 */
export function runTask<T>(task: Task<T>, onStep: (end: StepEnd) => void = refuseStep): T {
  const steps = new Steps(task);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    onStep(step.value);
  }
}

function refuseStep(end: StepEnd): void {
  throw new Error(`unexpected step end "${end.kind}"`);
}
