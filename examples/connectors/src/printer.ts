import type { ComponentType } from "@cantrip/assembly";
import { serve } from "@cantrip/camkes-rpc";
import { printInterface } from "./interfaces.ts";

/** Prints lines on the kernel's debug console, with the name of the component that sent them. */
export const printer: ComponentType = {
  name: "Printer",
  provides: ["print"],
  interfaces: { print: printInterface },
  program: {
    name: "Printer",
    create: () => ({}),
    threads: {
      print: {
        *run(thread) {
          const clients = thread.birth.servers["print"]?.clients ?? {};
          yield* serve(thread, "print", printInterface, {
            // The badge is the component's, whichever of its threads calls.
            *Line(text, { badge }) {
              yield* thread.sel4.debugPrint(`${clients[badge]?.name ?? "?"}: ${text}\n`);
              return undefined;
            },
          });
        },
      },
    },
  },
};
