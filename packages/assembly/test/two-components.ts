import type { ComponentType, SystemDescription } from "@cantrip/assembly";
import { type ComponentDefinition, rpcClient, serve } from "@cantrip/camkes-rpc";
import { securityInterface } from "@cantrip/interfaces/security";
import { timerInterface } from "@cantrip/interfaces/timer";
import { cantrip } from "@cantrip/sel4-config";

/** Prints what two servers answer: one in message registers, one over a shared page. */
const clientProgram: ComponentDefinition<object> = {
  name: "Client",
  create: () => ({}),
  threads: {
    control: {
      *run(thread) {
        const timer = rpcClient(thread, "timer", timerInterface);
        const reply = yield* timer.call("CompletedTimers", undefined);
        yield* thread.sel4.debugPrint(`mask ${reply.timerMask}\n`);
        const security = rpcClient(thread, "security", securityInterface);
        const echo = yield* security.call("Echo", "over a page");
        yield* thread.sel4.debugPrint(`echo ${echo.value}\n`);
        yield* thread.sel4.debugPrint("done\n");
      },
    },
  },
};

const serverProgram: ComponentDefinition<object> = {
  name: "Server",
  create: () => ({}),
  threads: {
    timer: {
      *run(thread) {
        yield* serve(thread, "timer", timerInterface, {
          *CompletedTimers(_value, { badge }) {
            return { timerMask: 40 + badge };
          },
          *Oneshot() {
            return undefined;
          },
          *Periodic() {
            return undefined;
          },
          *Cancel() {
            return undefined;
          },
          *Capscan() {
            return undefined;
          },
          *Now() {
            return { ticks: 0 };
          },
          *At() {
            return undefined;
          },
        });
      },
    },
    security: {
      *run(thread) {
        const nothing = function* (): Generator<never, never> {
          throw new Error("not served");
        };
        yield* serve(thread, "security", securityInterface, {
          *Echo(value) {
            return { value };
          },
          Install: nothing,
          InstallApp: nothing,
          InstallModel: nothing,
          Uninstall: nothing,
          GetPackages: nothing,
          SizeBuffer: nothing,
          GetManifest: nothing,
          LoadApplication: nothing,
          LoadModel: nothing,
          ReadKey: nothing,
          WriteKey: nothing,
          DeleteKey: nothing,
          TestMailbox: nothing,
          CapScan: nothing,
          LimitKeys: nothing,
        });
      },
    },
  },
};

const client: ComponentType = {
  name: "Client",
  program: clientProgram,
  uses: ["timer", "security"],
};
const server: ComponentType = {
  name: "Server",
  program: serverProgram,
  provides: ["timer", "security"],
};

/** Two components that call each other over an endpoint and over a shared page. */
export const twoComponents: SystemDescription = {
  name: "two-components",
  kernel: cantrip,
  platform: "sparrow",
  components: { client: { type: client }, server: { type: server } },
  connections: [
    { name: "timer_rpc", connector: "cantripRPCCall", from: ["client.timer"], to: "server.timer" },
    {
      name: "multi_security",
      connector: "cantripRPCOverMultiSharedData",
      from: ["client.security"],
      to: "server.security",
    },
  ],
};
