import noFloatingTask from "./no-floating-task.js";
import noNondeterminism from "./no-nondeterminism.js";
import noTaskInCallback from "./no-task-in-callback.js";

/** Lint rules of this repository. */
export default {
  meta: { name: "cantrip" },
  rules: {
    "no-floating-task": noFloatingTask,
    "no-nondeterminism": noNondeterminism,
    "no-task-in-callback": noTaskInCallback,
  },
};
