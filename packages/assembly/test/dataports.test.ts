import {
  buildBootImage,
  checkSystem,
  type ComponentType,
  type SystemDescription,
} from "@cantrip/assembly";
import { bootSystem } from "@cantrip/assembly/riscv";
import { type ComponentThread, Dataport } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { cantrip } from "@cantrip/sel4-config";
import { checkInvariants } from "@cantrip/sel4-kernel";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";

const BYTES = 10_000;

type Body = (thread: ComponentThread) => Task<void>;

function endType(run: Body, more: Partial<ComponentType> = {}): ComponentType {
  return {
    name: "End",
    dataports: ["port"],
    dataportBytes: { port: BYTES },
    ...more,
    program: { name: "End", create: () => ({}), threads: { control: { run } } },
  };
}

function systemOf(left: ComponentType, right: ComponentType): SystemDescription {
  return {
    name: "dataports",
    kernel: cantrip,
    platform: "sparrow",
    components: { left: { type: left }, right: { type: right } },
    connections: [
      {
        ...{ name: "channel", connector: "cantripSharedData" },
        ...{ from: ["left.port"], to: "right.port" },
      },
    ],
  };
}

function run(system: SystemDescription): { readonly faults: string[]; readonly output: string } {
  const faults: string[] = [];
  let output = "";
  const running = bootSystem({
    system,
    onConsole: (byte) => (output += String.fromCharCode(byte)),
    onHostedError: ({ component, message }) => {
      faults.push(`${component}: ${message}`);
    },
  });
  running.run({ untilCycle: running.cyclesPerSecond });
  checkInvariants(running.kernel.state);
  return { faults, output };
}

function* idle(): Task<void> {
  yield* [];
}

describe("cantripSharedData", () => {
  it("shows what one end writes at the other end, over several pages", () => {
    const report = new FuzzReport("dataport");
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            offset: fc.integer({ min: -10, max: BYTES + 10 }),
            bytes: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        (writes) => {
          const expected = new Uint8Array(BYTES);
          const found = new Uint8Array(BYTES);
          const left = endType(function* (thread) {
            const port = new Dataport(thread, "port");
            expect(port.size).toBe(BYTES);
            for (const { offset, bytes } of writes) {
              if (offset < 0 || offset + bytes.length > BYTES) {
                expect(() => {
                  port.write(offset, bytes);
                }).toThrow(
                  `left.port has 10000 bytes: ${bytes.length} at ${offset} are not within it`,
                );
                report.refused("out of bounds");
              } else {
                port.write(offset, bytes);
                expected.set(bytes, offset);
                report.succeeded();
              }
            }
            yield* [];
          });
          const right = endType(
            function* (thread) {
              for (let turn = 0; turn < 20; turn++) yield* thread.sel4.yield();
              new Dataport(thread, "port").read(0, found);
            },
            { readOnly: ["port"] },
          );
          expect(run(systemOf(left, right)).faults).toEqual([]);
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 8 },
    );
    report.finish();
  });

  it("has words and halves, aligned, and says what is wrong with an access", () => {
    const wrong: string[] = [];
    const attempt = (access: () => unknown): void => {
      try {
        access();
        wrong.push("nothing");
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        wrong.push(error.message);
      }
    };
    const left = endType(function* (thread) {
      const port = new Dataport(thread, "port");
      port.store32(4092, 0x89ab_cdef);
      port.store16(4096, 0x4567);
      port.store8(9999, 0x12);
      expect([port.load32(4092), port.load16(4094), port.load8(9999)]).toEqual([
        0x89ab_cdef, 0x89ab, 0x12,
      ]);
      attempt(() => port.load32(4094));
      attempt(() => port.load16(1));
      attempt(() => port.load32(9998));
      attempt(() => port.load8(1.5));
      attempt(() => {
        port.store8(10_000, 0);
      });
      attempt(() => new Dataport(thread, "other"));
      yield* [];
    });
    const right = endType(
      function* (thread) {
        const port = new Dataport(thread, "port");
        attempt(() => {
          port.store8(0, 1);
        });
        expect(port.isReadOnly).toBe(true);
        yield* [];
      },
      { readOnly: ["port"] },
    );
    expect(run(systemOf(left, right)).faults).toEqual([]);
    expect(wrong.toSorted()).toEqual(
      [
        "left.port: 4 bytes at 4094 are not aligned",
        "left.port: 2 bytes at 1 are not aligned",
        "left.port has 10000 bytes: 4 at 9998 are not within it",
        "left.port has 10000 bytes: 1 at 1.5 are not within it",
        "left.port has 10000 bytes: 1 at 10000 are not within it",
        'left has no dataport "other"; known: port',
        "right.port is read-only: no store at 0",
      ].toSorted(),
    );
  });

  defect(
    "a store at a read-only end is a fault, whatever the code thinks, and changes nothing",
    { ours: ["port"], mutant: [] as string[] },
    (readOnly) => {
      let seen = -1;
      let isAfter = false;
      const left = endType(function* (thread) {
        const port = new Dataport(thread, "port");
        port.store8(5000, 7);
        for (let turn = 0; turn < 50; turn++) yield* thread.sel4.yield();
        seen = port.load8(5000);
      });
      const right = endType(
        function* (thread) {
          for (let turn = 0; turn < 5; turn++) yield* thread.sel4.yield();
          const { address } = new Dataport(thread, "port");
          thread.context.store8(address + 5000, 99);
          isAfter = true;
        },
        { readOnly },
      );
      const { output } = run(systemOf(left, right));
      expect([seen, isAfter]).toEqual([7, false]);
      expect(output).toMatch(/vm fault on data at address 0x[0-9a-f]+388 /);
    },
    /expected \[ 99, true \] to deeply equal \[ 7, false \]/,
  );

  it("takes the pages that it needs, with the rights of each end", () => {
    const { spec, births } = buildBootImage(
      systemOf(endType(idle), endType(idle, { readOnly: ["port"] })),
    );
    const frames = spec.objects.filter(({ name }) => name.startsWith("channel_"));
    expect(frames.map(({ name }) => name)).toEqual([
      "channel_0_obj",
      "channel_1_obj",
      "channel_2_obj",
    ]);
    const rightsIn = (component: string): unknown[] =>
      spec.objects.flatMap((object) =>
        object.kind === "pt" && object.name.includes(component)
          ? object.slots.flatMap(({ cap }) =>
              cap.kind === "object" && cap.object.startsWith("channel_") ? [cap.rights] : [],
            )
          : [],
      );
    // write 1, read 2, grant (execute) 4.
    expect(rightsIn("left")).toEqual([7, 7, 7]);
    expect(rightsIn("right")).toEqual([2, 2, 2]);
    expect(births.get("right")?.dataports["port"]).toMatchObject({ size: BYTES, isReadOnly: true });
  });

  it("has its mistakes reported at once, before anything boots", () => {
    const system = systemOf(
      endType(idle, { dataportBytes: { port: 8192, other: 0 }, readOnly: ["port", "some"] }),
      endType(idle, { readOnly: ["port"] }),
    );
    expect(checkSystem(system).map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'left: size of dataport "other", which End does not have; known: port',
      'left: dataport "other" has 0 bytes; 1 to 4194304 are possible',
      'left: read-only dataport "some", which End does not have; known: port',
      'channel: its ends have different sizes: "left.port" 8192, "right.port" 10000',
      "channel: all its ends are read-only: nobody writes",
    ]);
  });
});
