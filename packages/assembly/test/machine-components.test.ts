import { buildBootImage, type SystemDescription } from "@cantrip/assembly";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { type ComponentThread, interfaceCodecs, RpcClient, RpcError } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { readElf, readSymbols } from "@cantrip/elf";
import { CapType, checkInvariants } from "@cantrip/sel4-kernel";
import { messageInfo, messageLabel, messageLength } from "@cantrip/sel4-sys";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import {
  clientOf,
  curiousMirror,
  idleClient,
  mirrorElf,
  mirrorInC,
  mirrorInterface,
  mirrorInTypeScript,
  mirrorSystem,
  pagesInterface,
} from "./mirror-system.ts";

/** Runs a client of the mirror in C to its end. */
function visit(
  body: (thread: ComponentThread) => Task<void>,
  change: (system: SystemDescription) => SystemDescription = (system) => system,
): ConsoleSession {
  let isDone = false;
  const errors: string[] = [];
  const client = clientOf(function* (thread) {
    yield* body(thread);
    isDone = true;
  });
  const session = new ConsoleSession({
    system: change(mirrorSystem({ mirror: mirrorInC, client })),
    onHostedError: ({ message, stack }) => errors.push(`${message} ${stack ?? ""}`),
  });
  session.system.run({ untilCycle: 20 * session.system.cyclesPerSecond, until: () => isDone });
  expect(errors).toEqual([]);
  expect(isDone).toBe(true);
  session.advance(0.05);
  checkInvariants(session.system.kernel.state);
  return session;
}

function* errorOf(task: Task<unknown>): Task<string> {
  try {
    yield* task;
    return "Success";
  } catch (error) {
    if (error instanceof RpcError) return error.errorName;
    throw error;
  }
}

const value = fc.record({
  flag: fc.boolean(),
  byte: fc.integer({ min: 0, max: 0xff }),
  half: fc.integer({ min: 0, max: 0xffff }),
  word: fc.integer({ min: 0, max: 0xffff_ffff }),
  wide: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // A usize of the machine has 32 bits; the wire has 64.
  size: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 ** 32, max: 2 ** 53 - 1 }) },
  ),
  text: fc.string({ unit: "binary", maxLength: 55 }),
});

describe("a component in C", () => {
  it("decodes and encodes every type as TypeScript does", () => {
    const values = fc.sample(value, { numRuns: 150, seed: 7 });
    const report = new FuzzReport("mirror in C");
    visit(function* (thread) {
      const client = new RpcClient(thread, "mirror", mirrorInterface);
      for (const each of values) {
        if (each.size > 0xffff_ffff) {
          expect(yield* errorOf(client.call("Mirror", each))).toBe("DeserializeFailed");
          report.refused("DeserializeFailed");
        } else {
          expect(yield* client.call("Mirror", each)).toEqual(each);
          report.succeeded();
        }
      }
    });
    expect(report.refusals()).toBeGreaterThan(0);
    report.finish();
  });

  it("refuses bytes that are no message, and goes on", () => {
    visit(function* (thread) {
      const { sel4, birth } = thread;
      const endpoint = birth.clients["mirror"]?.endpoint ?? 0;
      const bad = [
        [],
        [0x0000_0000],
        [0x0000_0200, 0, 0, 0, 0, 0, 0],
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
        // A string of 127 bytes, of which one word is there.
        [0, 0, 0, 0, 0, 0, 0x0000_ff00, 0],
      ];
      for (const words of bad) {
        for (const [index, word] of words.entries()) sel4.setMessageRegister(index, word);
        const info = yield* sel4.call(endpoint, messageInfo(0, words.length));
        expect(messageLabel(info)).toBe(mirrorInterface.errors.DeserializeFailed);
      }
      const zero = { flag: false, byte: 0, half: 0, word: 0, wide: 0n, size: 0, text: "" };
      const client = new RpcClient(thread, "mirror", mirrorInterface);
      expect(yield* client.call("Mirror", zero)).toEqual(zero);
    });
  });

  it("serves a page, posts a semaphore to its other thread, and logs", () => {
    const session = visit(function* (thread) {
      const client = new RpcClient(thread, "pages", pagesInterface);
      for (const text of ["", "one", "ä€😀", "x".repeat(2000)])
        expect(yield* client.call("Echo", text)).toBe(text);
      expect(yield* errorOf(client.call("Refuse", undefined))).toBe("Refused");
    });
    const logged = [...session.transcript.matchAll(/<3> mirror::echo (\d+)\n/g)];
    expect(logged.map(([, count]) => count)).toEqual(["1", "2", "3", "4"]);
  });

  it("starts its threads in order, each with its own variables, and takes capabilities", () => {
    visit(function* (thread) {
      const client = new RpcClient(thread, "pages", pagesInterface);
      const facts = yield* client.call("Facts", undefined);
      // pre_init, two inits, post_init; a fresh copy of a thread-local variable of 40.
      expect(facts).toEqual({ handled: 41, order: 12334, capType: 0 });
      const cap = thread.birth.clients["mirror"]?.endpoint ?? 0;
      for (const handled of [42, 43, 44]) {
        const { capType, ...rest } = yield* client.call("Facts", undefined, { cap });
        expect(rest).toEqual({ handled, order: 12334 });
        expect(capType).toBe(CapType.Endpoint);
      }
      // Dropped after each request.
      expect((yield* client.call("Facts", undefined)).capType).toBe(0);
    });
  });

  it.each([
    ["TypeScript", mirrorInTypeScript],
    ["C", mirrorInC],
  ])("calls a component in %s", (_language, mirror) => {
    const session = new ConsoleSession({
      system: mirrorSystem({ mirror, curious: curiousMirror }),
    });
    session.waitFor("<2> twin::refuses\n");
    expect(session.transcript).toMatch(/<3> twin::mirrors\n(.*\n)?<3> twin::echoes\n/);
  });

  it("says how long a reply in a page is", () => {
    visit(function* (thread) {
      const { sel4, birth } = thread;
      const { request } = interfaceCodecs(pagesInterface);
      const { endpoint, sharedPage = 0 } = birth.clients["pages"] ?? { endpoint: 0 };
      for (const [text, length] of [
        ["a longer one", 13],
        ["short", 6],
      ] as const) {
        sel4.context.copyOut(sharedPage, request.encode({ type: "Echo", value: text }));
        const info = yield* sel4.call(endpoint, messageInfo(0, 0));
        expect([messageLabel(info), messageLength(info)]).toEqual([0, 1]);
        expect(sel4.messageRegister(0)).toBe(length);
      }
      // A refusal has no reply.
      sel4.context.copyOut(sharedPage, request.encode({ type: "Refuse", value: undefined }));
      const refused = yield* sel4.call(endpoint, messageInfo(0, 0));
      expect([messageLabel(refused), messageLength(refused)]).toEqual([4, 0]);
    });
  });

  it("calls with what its thread has, and not at all where the description names other threads", () => {
    const body = function* (thread: ComponentThread): Task<void> {
      yield* new RpcClient(thread, "pages", pagesInterface).call("Echo", "x");
    };
    // Its control thread logs.
    const logs = (callers: readonly string[]): string => {
      const mirror = { ...mirrorInC, callers: { logger: callers } };
      const session = new ConsoleSession({
        system: mirrorSystem({ mirror, client: clientOf(body) }),
      });
      session.advance(1);
      return session.transcript;
    };
    expect(logs(["mirror", "control"])).toContain("mirror::echo 1");
    expect(logs(["control"])).toContain("mirror::echo 1");
    expect(logs(["mirror"])).not.toContain("mirror::echo");
  });

  it("has the rights of its segments on its pages, and no others", () => {
    const { spec } = buildBootImage(mirrorSystem({ mirror: mirrorInC, client: idleClient }));
    const table = spec.objects.find(({ name }) => name === "pt_mirror_group_bin_0000");
    if (table?.kind !== "pt") throw new Error("no page table");
    const rights = [0x10, 0x11, 0x12, 0x13].map((slot) => {
      const cap = table.slots.find((each) => each.slot === slot)?.cap;
      return cap?.kind === "object" ? cap.rights : undefined;
    });
    // write 1, read 2, grant (execute) 4: code, constants with the birth data, two pages of variables.
    expect(rights).toEqual([6, 2, 3, 3]);
  });

  it("cannot start without its birth data", () => {
    const symbol = readSymbols(readElf(mirrorElf)).find(({ name }) => name === "cantrip_birth");
    const system = mirrorSystem({ mirror: mirrorInC, client: idleClient });
    const image = buildBootImage(system);
    const page = (symbol?.value ?? 0) - ((symbol?.value ?? 0) % 4096);
    const number = String((page - 0x10000) / 4096).padStart(4, "0");
    const objects = image.spec.objects.map((object) =>
      object.kind === "frame" && object.name === `frame_mirror_group_bin_${number}`
        ? { ...object, fill: [] }
        : object,
    );
    expect(objects).not.toEqual(image.spec.objects);
    const cut = buildBootImage(system, { spec: { ...image.spec, objects } });
    const session = new ConsoleSession({ system, image: cut });
    session.waitFor('"mirror_mirror_0_control_tcb"');
    expect(session.transcript).toContain("Found thread has no fault handler");
  });
});
