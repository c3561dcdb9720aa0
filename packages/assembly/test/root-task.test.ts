import { describe, expect, it } from "vitest";
import { bootWorld, runWorld } from "./root-task-world.ts";

describe("an initial task in TypeScript", () => {
  it("prints through the kernel", () => {
    let isDone = false;
    const world = bootWorld(function* ({ sel4 }) {
      yield* sel4.debugPrint("hello from the initial task\n");
      isDone = true;
    });
    runWorld(world, () => isDone);
    expect(world.printed()).toBe("hello from the initial task\n");
  });
});
