export { forEachTask, mapTask, withResource } from "./combinators.ts";
export {
  APPLICATION_ENTRIES,
  type HostedComponent,
  type HostedEntry,
  hostedInstruction,
  type HostedInstance,
  MAX_HOSTED_ENTRIES,
  STUB_BYTES,
  stubWords,
} from "./component.ts";
export { runTask } from "./run-task.ts";
export {
  ECALL,
  type Ecall,
  PAUSE,
  type Pause,
  pause,
  type StepEnd,
  type Task,
  type TaskYield,
  type TouchFault,
  type Trampoline,
} from "./task.ts";
export { Steps, trampolined } from "./trampoline.ts";
export { PageFault, type UserContext } from "./user-context.ts";
