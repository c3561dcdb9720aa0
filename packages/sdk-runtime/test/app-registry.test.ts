import { AppRegistry, describeFault } from "@cantrip/sdk-runtime";
import { describe, expect, it } from "vitest";

describe("AppRegistry", () => {
  it("gives every application a badge of its own", () => {
    const registry = new AppRegistry();
    const hello = registry.register("hello");
    const other = registry.register("other");
    expect(hello?.badge).not.toBe(other?.badge);
    expect(registry.find(hello?.badge ?? 0)?.appId).toBe("hello");
  });

  it("refuses a second registration and forgets on release", () => {
    const registry = new AppRegistry();
    const first = registry.register("hello");
    expect(registry.register("hello")).toBeUndefined();
    expect(registry.release("hello")).toEqual(first);
    expect(registry.release("hello")).toBeUndefined();
    expect(registry.find(first?.badge ?? 0)).toBeUndefined();
    expect(registry.size).toBe(0);
  });

  it("26: knows which models an application may start, until it is released", () => {
    const registry = new AppRegistry();
    expect(registry.allowModel("hello", "a")).toBe(false);
    const app = registry.register("hello");
    expect(app?.models).toBeUndefined();
    registry.allowModel("hello", undefined);
    expect([...(app?.models ?? ["any"])]).toEqual([]);
    for (const model of ["a", "b"]) expect(registry.allowModel("hello", model)).toBe(true);
    expect([...(app?.models ?? ["any"])]).toEqual(["a", "b"]);
    registry.release("hello");
    expect(registry.register("hello")?.models).toBeUndefined();
  });

  it("does not use a badge again at once", () => {
    const registry = new AppRegistry();
    const first = registry.register("hello");
    registry.release("hello");
    expect(registry.register("hello")?.badge).not.toBe(first?.badge);
  });
});

describe("describeFault", () => {
  it("prints address and cause of a page fault", () => {
    const lines = describeFault("suicide", 6, [0x10024, 0, 0, 7]).map(({ text }) => text);
    expect(lines).toEqual([
      "virtual-memory fault:",
      "IP       0x00010024",
      "Addr     0x00000000",
      "Prefetch 0x0",
      "FSR      0x7",
      "Length   0x4",
    ]);
  });

  it("names the other faults", () => {
    expect(describeFault("a", 3, [0x10000, 0x20000, 2, 0])).toEqual([
      { target: "[a]", text: "user exception 2 at 0x00010000" },
    ]);
    expect(describeFault("a", 1, [0x10000, 5, 0, 2, 32])[0]?.text).toContain(
      "invalid capability 0x00000005",
    );
  });
});
