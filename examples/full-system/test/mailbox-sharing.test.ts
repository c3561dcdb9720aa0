import { type ComponentType, extendSystem } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { type ComponentThread, MemoryClient, RpcClient } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { mailboxInterface } from "@cantrip/interfaces/mailbox";
import { securityInterface } from "@cantrip/interfaces/security";
import { bootSystem } from "@cantrip/testing";
import { describe, expect, it } from "vitest";
import { outcome } from "./uploader.ts";

/** Boots sparrow with one more client of the mailbox, and runs it to its end. */
function withMailboxClient(body: (thread: ComponentThread) => Task<void>): void {
  let isDone = false;
  const errors: unknown[] = [];
  const type: ComponentType = {
    ...{ name: "Client", uses: ["memory", "security", "api"], cnodeHeadroom: 32 },
    program: {
      name: "Client",
      create: () => ({}),
      threads: {
        control: {
          *run(thread) {
            yield* body(thread);
            isDone = true;
          },
        },
      },
    },
  };
  const system = extendSystem(sparrow(), {
    components: { client: { type } },
    join: {
      multi_memory: "client.memory",
      multi_security: "client.security",
      security_coordinator_to_mailbox_api: "client.api",
    },
  });
  const session = bootSystem({ system, onHostedError: ({ error }) => errors.push(error) });
  const untilCycle = 5 * session.system.cyclesPerSecond;
  session.system.run({ untilCycle, until: () => isDone || errors.length > 0 });
  expect(errors).toEqual([]);
  expect(isDone).toBe(true);
}

describe("the security coordinator beside another client of the mailbox", () => {
  it("waits for its own answer: it took the other's for a failure, and gave its page away that the security core was yet to write to", () => {
    const outcomes: string[] = [];
    withMailboxClient(function* (thread): Task<void> {
      const memory = new MemoryClient(thread);
      const mailbox = new RpcClient(thread, "api", mailboxInterface);
      const security = new RpcClient(thread, "security", securityInterface);
      const { page4K } = thread.runtime.config.objectType;
      const bundle = yield* memory.allocInToplevel([{ type: page4K, count: 1 }]);
      const paddr = yield* thread.sel4.page.getAddress(bundle.objs[0]?.cptr ?? 0);
      outcomes.push(yield* outcome(mailbox.call("Send", { paddr, size: 4 })));
      outcomes.push(yield* outcome(mailbox.call("Send", { paddr: paddr + 1, size: 4 })));
      for (let round = 0; round < 3; round++)
        outcomes.push(yield* outcome(security.call("TestMailbox", undefined)));
      // What came for this client was dropped with that.
      outcomes.push(yield* outcome(mailbox.call("Recv", undefined)));
    });
    expect(outcomes).toEqual([
      ...["Success", "Success"],
      ...["Success", "Success", "Success"],
      ...["RecvFailed"],
    ]);
  });
});
