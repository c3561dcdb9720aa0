import type { Task } from "@cantrip/hosted";
import { ProcessManagerError } from "@cantrip/interfaces/process-control";
import { ProcessFailure, ProcessManager } from "@cantrip/proc-manager";
import { describe, expect, it } from "vitest";

/** A manager whose applications are names, and the log of what it did with them. */
function makeManager(): {
  readonly manager: ProcessManager<string>;
  readonly log: string[];
  failing: string;
} {
  const log: string[] = [];
  const world = {
    log,
    failing: "",
    manager: new ProcessManager<string>({
      *start(bundleId): Task<string> {
        log.push(`start ${bundleId}`);
        if (bundleId === world.failing)
          throw new ProcessFailure(ProcessManagerError.StartFailed, "no memory");
        return `running ${bundleId}`;
      },
      *stop(application): Task<void> {
        log.push(`stop ${application}`);
        if (application === `running ${world.failing}`) throw new Error("stop went wrong");
      },
      *capScan(application): Task<void> {
        log.push(`scan ${application}`);
      },
    }),
  };
  return world;
}

function run<T>(task: Task<T>): T {
  const step = task[Symbol.iterator]().next();
  if (step.done !== true) throw new Error("a system call");
  return step.value;
}

function* nothing(): Task<void> {
  // The coordinator has uninstalled it.
}

function codeOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof ProcessFailure) return error.code;
    throw error;
  }
  return ProcessManagerError.Success;
}

describe("ProcessManager", () => {
  it("starts a bundle once and stops it once", () => {
    const { manager, log } = makeManager();
    run(manager.start("hello"));
    run(manager.start("hello"));
    expect(manager.runningBundles()).toEqual(["hello"]);
    expect(manager.state("hello")).toEqual({ type: "Running" });
    run(manager.capScan("hello"));
    run(manager.stop("hello"));
    run(manager.stop("hello"));
    expect(manager.state("hello")).toEqual({ type: "Stopped" });
    expect(log).toEqual(["start hello", "scan running hello", "stop running hello"]);
  });

  it("does not register a bundle that does not start", () => {
    const world = makeManager();
    world.failing = "broken";
    expect(
      codeOf(() => {
        run(world.manager.start("broken"));
      }),
    ).toBe(ProcessManagerError.StartFailed);
    expect(codeOf(() => world.manager.state("broken"))).toBe(ProcessManagerError.BundleNotFound);
  });

  it("counts a bundle as stopped whose memory could not all be given back", () => {
    const world = makeManager();
    run(world.manager.start("stuck"));
    world.failing = "stuck";
    expect(() => {
      run(world.manager.stop("stuck"));
    }).toThrow("stop went wrong");
    expect(world.manager.runningBundles()).toEqual([]);
    run(world.manager.stop("stuck"));
    expect(world.log.filter((line) => line.startsWith("stop"))).toHaveLength(1);
  });

  it("refuses what does not fit the state of a bundle", () => {
    const { manager } = makeManager();
    manager.register("hello");
    expect(
      codeOf(() => {
        manager.register("hello");
      }),
    ).toBe(ProcessManagerError.BundleFound);
    expect(
      codeOf(() => {
        run(manager.capScan("hello"));
      }),
    ).toBe(ProcessManagerError.BundleNotRunning);
    run(manager.start("hello"));
    expect(
      codeOf(() => {
        run(manager.unregister("hello", nothing));
      }),
    ).toBe(ProcessManagerError.BundleRunning);
    run(manager.stop("hello"));
    run(manager.unregister("hello", nothing));
    expect(
      codeOf(() => {
        run(manager.stop("hello"));
      }),
    ).toBe(ProcessManagerError.BundleNotFound);
  });

  it.each(["", "x".repeat(65)])("refuses the bundle id %j", (bundleId) => {
    const { manager } = makeManager();
    expect(
      codeOf(() => {
        run(manager.start(bundleId));
      }),
    ).toBe(ProcessManagerError.BundleIdInvalid);
  });

  it("stops everything", () => {
    const { manager, log } = makeManager();
    run(manager.start("a"));
    run(manager.start("b"));
    run(manager.stopAll());
    expect(log.slice(2)).toEqual(["stop running a", "stop running b"]);
  });
});
