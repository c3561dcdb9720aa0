import {
  AssemblyError,
  buildBootImage,
  checkSystem,
  type ComponentType,
  type SystemDescription,
} from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { checkSpec } from "@cantrip/capdl";
import { cantrip } from "@cantrip/sel4-config";
import { describe, expect, it } from "vitest";
import { twoComponents } from "./two-components.ts";

describe("two components from a description", () => {
  it("call each other over an endpoint and over a shared page", () => {
    const session = new ConsoleSession({ system: twoComponents });
    const output = session.waitFor("done\n");
    expect(output).toContain("mask 41\n");
    expect(output).toContain("echo over a page\n");
  });

  it("have a specification without errors", () => {
    const { spec } = buildBootImage(twoComponents);
    expect(checkSpec(spec).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("cannot have their images fetched without a mailbox", () => {
    expect(() => buildBootImage(twoComponents, { componentImages: "security-core" })).toThrow(
      /componentImages.*MailboxHardware/s,
    );
  });

  it("do not run when the specification in the image was altered", () => {
    const image = buildBootImage(twoComponents, {
      alterSpec: (bytes) => {
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
      },
    });
    const session = new ConsoleSession({ system: twoComponents, image });
    session.advance(1);
    expect(session.transcript).toMatch(/cantrip_os_rootserver:/);
    expect(session.transcript).toMatch(/CRC|crc/);
    expect(session.transcript).not.toContain("done\n");
  });

  it("get errors when the endpoint is missing from the specification", () => {
    const image = buildBootImage(twoComponents);
    const objects = image.spec.objects.map((object) =>
      object.kind === "cnode" && object.name === "client_cnode"
        ? {
            ...object,
            slots: object.slots.filter(
              ({ cap }) => cap.kind !== "object" || cap.object !== "timer_rpc_ep",
            ),
          }
        : object,
    );
    const cut = buildBootImage(twoComponents, { spec: { ...image.spec, objects } });
    const errors: string[] = [];
    const session = new ConsoleSession({
      system: twoComponents,
      image: cut,
      onHostedError: ({ component, thread, message, stack }) => {
        errors.push(`${component} ${thread} ${message} ${stack ?? ""}`);
      },
    });
    session.advance(1);
    // The kernel refuses the call; the client's thread does not catch that and is reported, with its line.
    expect(errors.join()).toMatch(/^client control .*timer\.CompletedTimers/);
    expect(errors.join()).toContain("two-components.ts");
    expect(session.transcript).not.toContain("mask 41");
  });
});

describe("a description with mistakes", () => {
  const part: ComponentType = {
    name: "Part",
    program: { name: "Part", create: () => ({}), threads: {} },
    uses: ["a", "b"],
  };
  const broken: SystemDescription = {
    name: "broken",
    kernel: cantrip,
    platform: "sparrow",
    components: {
      "1st": { type: part },
      second: { type: { name: "NoProgram" } },
      third: { type: { ...part, stackBytes: { control: 16, nowhere: 4096 } } },
      fourth: { type: { ...part, semaphores: { s: -1 } } },
      device: { type: { name: "Device", hardware: true, dataports: ["mmio"], emits: ["irq"] } },
    },
    connections: [
      { name: "one", connector: "cantripRPCCall", from: ["third.a"], to: "nobody.a" },
      { name: "one", connector: "cantripRPCCall", from: ["third.z"], to: "fourth.a" },
      { name: "three", connector: "cantripRPCCall", from: [], to: "third.a" },
    ],
  };

  it("is refused whole, with every mistake at once", () => {
    const mistakes = checkSystem(broken);
    expect(mistakes.length).toBeGreaterThanOrEqual(10);
    const texts = mistakes.map(({ where, message }) => `${where}: ${message}`).join("\n");
    expect(texts).toContain('no component "nobody"');
    expect(texts).toContain("two connections have this name");
    expect(texts).toContain("has no program");
    expect(texts).toContain("at least 256 are needed");
    expect(texts).toContain('hardware dataport "mmio" has no memory range');
    expect(() => buildBootImage(broken)).toThrow(AssemblyError);
  });

  it("says of every privilege that there is none, or that nobody could have it", () => {
    const server = { ...part, uses: [], provides: ["a", "b"], grants: { a: ["all"], c: ["all"] } };
    const client = { ...part, uses: ["a", "b"] };
    const privileges = { a: ["all", "more"], b: ["all"], z: ["all"] };
    const mistakes = checkSystem({
      ...broken,
      components: {
        server: { type: server },
        client: { type: client, privileges },
        other: { type: { name: "Part", provides: ["a", "b"], grants: { b: [] } } },
      },
      connections: [
        { name: "a", connector: "cantripRPCCall", from: ["client.a"], to: "server.a" },
        { name: "b", connector: "cantripRPCCall", from: ["client.b"], to: "server.b" },
      ],
    });
    const texts = mistakes.map(({ where, message }) => `${where}: ${message}`);
    expect(texts).toEqual(
      expect.arrayContaining([
        'server: privileges of clients of "c", which Part does not provide',
        'client: privileges for "z", which Part does not use',
        'a: end "client.a": Part has no privilege "more"; known: all',
        'b: end "client.b": Part has no privilege "all"; known: none',
        'other: privileges of clients of "b": Part has no program that could know them',
      ]),
    );
    expect(texts.filter((text) => text.includes("privilege"))).toHaveLength(5);
  });
});
