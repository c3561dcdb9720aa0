import { checkSystem, type ComponentType, extendSystem } from "@cantrip/assembly";
import { componentTypes, debugConsoleWith, sparrow } from "@cantrip/assembly/cantrip";
import { timerInterface } from "@cantrip/interfaces/timer";
import { describe, expect, it } from "vitest";

const type: ComponentType = {
  name: "Guest",
  uses: ["memory", "logger"],
  program: { name: "Guest", create: () => ({}), threads: {} },
};
const join = { multi_memory: "guest.memory", multi_logger: ["guest.logger"] } as const;

describe("extendSystem", () => {
  it("adds instances and joins connections behind those who are there", () => {
    const system = sparrow();
    const extended = extendSystem(system, { components: { guest: { type } }, join });
    expect(checkSystem(extended)).toEqual([]);
    const [before, after] = [system, extended].map(
      ({ connections }) => connections.find(({ name }) => name === "multi_memory")?.from ?? [],
    );
    expect(before?.length).toBeGreaterThan(1);
    expect(after).toEqual([...(before ?? []), "guest.memory"]);
    expect(system).toEqual(sparrow());
  });

  it("leaves to checkSystem what a description can say wrongly", () => {
    const extended = extendSystem(sparrow(), { components: { guest: { type } } });
    expect(checkSystem(extended).map(({ where }) => where)).toEqual([
      "guest.memory",
      "guest.logger",
    ]);
  });

  it("changes nothing when there is nothing to change", () => {
    expect(extendSystem(sparrow(), {})).toEqual(sparrow());
  });

  it("joins several ends in their order", () => {
    const extended = extendSystem(sparrow(), {
      components: { a: { type }, b: { type } },
      join: { multi_memory: ["b.memory", "a.memory"], multi_logger: ["a.logger", "b.logger"] },
    });
    const memory = extended.connections.find(({ name }) => name === "multi_memory");
    expect(memory?.from.slice(-2)).toEqual(["b.memory", "a.memory"]);
    expect(checkSystem(extended)).toEqual([]);
  });

  it.each([
    ["a second component of a name", { components: { uart: { type } } }, '"uart" already'],
    ["a replaced component that is not there", { replace: { guest: { type } } }, '"guest"; known'],
    ["a joined connection that is not there", { join: { memory: "guest.memory" } }, '"memory"; kn'],
  ] as const)("refuses %s", (_what, extension, message) => {
    const extend = (): unknown => extendSystem(sparrow(), extension);
    expect(extend).toThrow(RangeError);
    expect(extend).toThrow(message);
  });
});

describe("debugConsoleWith", () => {
  it("is the console with ends for the interfaces that its commands use", () => {
    const { debugConsole } = componentTypes;
    const commands = () => ({});
    const same = { ...debugConsoleWith({ commands }), program: debugConsole.program };
    expect(same).toEqual(debugConsole);
    const more = debugConsoleWith({ commands, uses: { own_timer: timerInterface } });
    expect(more.uses).toEqual([...(debugConsole.uses ?? []), "own_timer"]);
    expect(more.interfaces?.["own_timer"]).toBe(timerInterface);
    const system = extendSystem(sparrow(), { replace: { debug_console: { type: more } } });
    expect(checkSystem(system).map(({ where }) => where)).toEqual(["debug_console.own_timer"]);
  });
});
