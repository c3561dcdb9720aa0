import { type ComponentDefinition, RpcFailure, serve } from "@cantrip/camkes-rpc";
import { defineInterface } from "@cantrip/interfaces";
import { Logger } from "@cantrip/logger";
import { u32 } from "@cantrip/postcard";

// Below 16 are the kernel's error codes.
const errors = { Success: 0, Overflow: 16, Deserialize: 17, Serialize: 18, Unknown: 19 } as const;

/** The interface `counter`: `Add` answers with the total. */
export const counterInterface = defineInterface({
  name: "counter",
  transport: "basic",
  requestSize: 16,
  requests: { Add: { payload: u32, reply: u32 } },
  errors,
  serializeFailed: errors.Serialize,
  deserializeFailed: errors.Deserialize,
  unknownError: errors.Unknown,
});

/** The component `Counter`: a thread that serves the interface, and says so in the log. */
export const counterComponent: ComponentDefinition<{ total: number }> = {
  name: "Counter",
  create: () => ({ total: 0 }),
  threads: {
    counter: {
      *run(thread, state) {
        yield* new Logger(thread).info("counter", "ready");
        yield* serve(thread, "counter", counterInterface, {
          *Add(n) {
            if (state.total + n > 0xffffffff) throw new RpcFailure(errors.Overflow);
            return (state.total += n);
          },
        });
      },
    },
  },
};
