import type { ComponentType } from "@cantrip/assembly";
import { type ComponentThread, rpcClient, RpcError, waitNotification } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { averageInterface } from "./interfaces.ts";

/** Asks the filter at the start and whenever it signals, and prints on the kernel's debug console. */
export const printer: ComponentType = {
  name: "Printer",
  uses: ["average"],
  // The control thread waits for the signal.
  threadless: ["average"],
  interfaces: { average: averageInterface },
  program: { name: "Printer", create: () => ({}), threads: { control: { run } } },
};

function* run(thread: ComponentThread): Task<void> {
  const filter = rpcClient(thread, "average", averageInterface);
  for (;;) {
    let text: string;
    try {
      const { count, mean } = yield* filter.call("Get", undefined);
      text = `${count} samples, mean ${mean}`;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      text = `no mean: ${error.errorName}`;
    }
    yield* thread.sel4.debugPrint(`${text}\n`);
    yield* waitNotification(thread, "average");
  }
}
