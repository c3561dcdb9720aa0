import {
  type CallOptions,
  type ComponentThread,
  MemoryClient,
  type PayloadOf,
  RpcClient,
  RpcError,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import type { InterfaceDefinition } from "@cantrip/interfaces";
import type { MemoryLifetime } from "@cantrip/interfaces/memory";
import { SdkRequest, SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { messageInfo, messageLabel } from "@cantrip/sel4-sys";
import type { FuzzReport } from "../../../tools/fuzz/fuzz-report.ts";
import { type LentPage, newPage } from "./lent-page.ts";
import { INTERFACES, type InterfaceName, NAMES } from "./rogue-interfaces.ts";
import { outcome } from "./uploader.ts";

const WORDS = 12;
const PAGE_REQUEST_BYTES = 2048;
const DEPTH = 32;
const SLOTS = 12;
/** Objects that begin in the last of them end here. */
const ALL_SLOTS = SLOTS + 4;
const TIMERS = 32;
const KEYS = 8;
const BUNDLES = ["hello", "suicide", "logtest"] as const;
const IDS = ["rogue-0", "rogue-1", "rogue-2", "rogue-3"] as const;
const LIFETIMES: readonly MemoryLifetime[] = ["Short", "Medium", "Static"];
const MODEL = { bundleId: "rogue", modelId: "xor.model" };

type DefinitionOf<N extends InterfaceName> = (typeof INTERFACES)[N][1];

/** A component that calls every service with what makes sense and with what does not. */
export class Rogue {
  readonly thread: ComponentThread;
  readonly memory: MemoryClient;
  readonly #below: (limit: number) => number;
  readonly #report: FuzzReport;
  readonly #firstSlot: number;
  readonly #keys = new Map<string, string>();
  readonly #installed = new Set<string>();
  /** Applications that it has had endpoints made for. */
  readonly #endpointsOf = new Set<string>();
  /** What it lends to the security core. */
  #lent: LentPage | undefined;
  #echoes = 0;

  constructor(thread: ComponentThread, below: (limit: number) => number, report: FuzzReport) {
    this.thread = thread;
    this.memory = new MemoryClient(thread);
    this.#below = below;
    this.#report = report;
    const slot = thread.runtime.slots.alloc(ALL_SLOTS);
    if (slot === undefined) throw new Error("no free slots");
    this.#firstSlot = slot;
  }

  /** One request. */
  *act(): Task<void> {
    switch (this.#below(20)) {
      case 0:
        return yield* this.#raw(this.#one(NAMES));
      case 1:
      case 2:
      case 3:
        return yield* this.#timer();
      case 4:
        return yield* this.#below(10) === 0 ? this.#processes() : this.#states();
      case 5:
        return yield* this.#models();
      case 6:
      case 7:
        return yield* this.#endpoints();
      case 8:
        return yield* this.#packages();
      case 9:
      case 10:
      case 11:
      case 12:
        return yield* this.#objects();
      case 13:
        return yield* this.#log();
      case 14:
        return yield* this.#devices();
      case 15:
        return yield* this.#load();
      default:
        return yield* this.#keysAndEchoes();
    }
  }

  /** Gives up everything that its requests may have left it with. */
  *tidyUp(): Task<void> {
    for (let timer = 0; timer < TIMERS; timer++)
      yield* this.#quietly(this.#client("timer"), "Cancel", timer);
    yield* this.#quietly(this.#client("timer"), "CompletedTimers", undefined);
    yield* this.#quietly(this.#client("mlcoord"), "Cancel", MODEL);
    for (const id of this.#endpointsOf)
      yield* this.#quietly(this.#client("sdk_manager"), "ReleaseEndpoint", id);
    this.#endpointsOf.clear();
    for (const bundle of BUNDLES) {
      yield* this.#quietly(this.#client("proc_ctrl"), "Stop", bundle);
      for (let key = 0; key < KEYS; key++)
        yield* this.#quietly(this.#client("security"), "DeleteKey", {
          bundleId: bundle,
          key: `k${key}`,
        });
    }
    this.#keys.clear();
    for (const id of this.#installed)
      yield* this.#quietly(this.#client("pkg_mgmt"), "Uninstall", id);
    this.#installed.clear();
    yield* this.#forgetObjects();
    yield* this.#takePageBack();
    // What ended by itself is told a little later.
    for (let turn = 0; turn < 50; turn++) yield* this.thread.sel4.yield();
  }

  *#timer(): Task<void> {
    const timerId = this.#below(10) === 0 ? this.#below(1e9) : this.#below(TIMERS);
    const durationMs = this.#below(50) === 0 ? 0xffff_ffff : this.#below(30);
    const kind = this.#one(["Oneshot", "Periodic", "Cancel", "Cancel", "Cancel", "Mask"] as const);
    if (kind === "Cancel") yield* this.#ask(this.#client("timer"), kind, timerId);
    else if (kind === "Mask") yield* this.#ask(this.#client("timer"), "CompletedTimers", undefined);
    else yield* this.#ask(this.#client("timer"), kind, { timerId, durationMs });
  }

  *#processes(): Task<void> {
    const bundle = this.#below(8) === 0 ? this.#text() : this.#one(BUNDLES);
    if (this.#below(20) === 0) yield* this.#ask(this.#client("proc_ctrl"), "CapScanBundle", bundle);
    else yield* this.#ask(this.#client("proc_ctrl"), this.#one(["Start", "Stop"] as const), bundle);
  }

  *#states(): Task<void> {
    const bundle = this.#below(8) === 0 ? this.#text() : this.#one(BUNDLES);
    const kind = this.#one(["GetBundleState", "GetBundleFault", "GetRunningBundles"] as const);
    if (kind === "GetRunningBundles") yield* this.#ask(this.#client("proc_ctrl"), kind, undefined);
    else yield* this.#ask(this.#client("proc_ctrl"), kind, bundle);
  }

  *#models(): Task<void> {
    const model = this.#below(6) === 0 ? { bundleId: this.#text(), modelId: this.#text() } : MODEL;
    switch (this.#below(6)) {
      case 0:
        yield* this.#ask(this.#client("mlcoord"), "Oneshot", model);
        break;
      case 1:
        yield* this.#ask(this.#client("mlcoord"), "Periodic", {
          ...model,
          rateMs: 5 + this.#below(50),
        });
        break;
      case 2:
        yield* this.#ask(this.#client("mlcoord"), "Cancel", model);
        break;
      case 3:
        yield* this.#ask(this.#client("mlcoord"), "GetOutput", model);
        break;
      default:
        yield* this.#ask(this.#client("mlcoord"), "CompletedJobs", undefined);
    }
  }

  *#endpoints(): Task<void> {
    const id = this.#below(8) === 0 ? this.#text() : this.#one(IDS);
    switch (this.#below(6)) {
      case 0:
      case 1:
        yield* this.#forget(this.#firstSlot);
        if (
          yield* this.#ask(this.#client("sdk_manager"), "GetEndpoint", id, {
            receiveSlot: this.#firstSlot,
          })
        )
          yield* this.#useEndpoint(id);
        yield* this.#forget(this.#firstSlot);
        break;
      case 2:
      case 3:
        if (yield* this.#ask(this.#client("sdk_manager"), "ReleaseEndpoint", id))
          this.#endpointsOf.delete(id);
        break;
      case 4:
        yield* this.#ask(this.#client("sdk_manager"), "Watch", undefined, { cap: this.#oddCap() });
        break;
      default:
        yield* this.#ask(this.#client("sdk_manager"), "Events", undefined);
    }
  }

  /** An endpoint of an application that there is not: with its badge, or with one that is nobody's any more. */
  *#useEndpoint(id: string): Task<void> {
    const { sel4 } = this.thread;
    this.#endpointsOf.add(id);
    const isReleased = this.#below(2) === 0;
    if (isReleased && (yield* this.#ask(this.#client("sdk_manager"), "ReleaseEndpoint", id)))
      this.#endpointsOf.delete(id);
    if (this.#below(6) === 0) {
      yield* sel4.send(this.#firstSlot, messageInfo(this.#below(8), this.#below(WORDS)));
      return;
    }
    const info = yield* sel4.call(this.#firstSlot, messageInfo(SdkRequest.Ping, 0));
    const { SDKInvalidBadge, SDKMapPageFailed } = SdkRuntimeError;
    const expected = isReleased ? SDKInvalidBadge : SDKMapPageFailed;
    this.#expect(String(expected), String(messageLabel(info)));
    this.#report.refused("an endpoint of nobody");
  }

  /** Bundles without contents, in what need not be a CNode: those with some are another test's. */
  *#packages(): Task<void> {
    const pkgContents = { cnode: this.#below(99), depth: this.#below(40), objs: [] };
    const options = this.#below(2) === 0 ? { cap: this.#oddCap() } : {};
    const appId = this.#below(3) === 0 ? this.#text() : this.#one(IDS);
    switch (this.#below(6)) {
      case 0:
        try {
          const client = this.#client("pkg_mgmt");
          this.#installed.add((yield* client.call("Install", pkgContents, options)).bundleId);
          this.#report.succeeded();
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          this.#report.refused(error.errorName);
        }
        break;
      case 1:
      case 2: {
        const request = { appId, pkgContents };
        if (yield* this.#ask(this.#client("pkg_mgmt"), "InstallApp", request, options))
          this.#installed.add(appId);
        break;
      }
      case 3:
      case 4:
        if (yield* this.#ask(this.#client("pkg_mgmt"), "Uninstall", appId))
          this.#installed.delete(appId);
        break;
      default:
        yield* this.#ask(this.#client("security"), "GetPackages", undefined);
    }
  }

  *#objects(): Task<void> {
    const { runtime } = this.thread;
    const objs = Array.from({ length: 1 + this.#below(2) }, () => {
      const type = this.#below(10);
      const isSized = type === 0 || type === 4 || type === 5;
      const count = isSized ? 4 + this.#below(7) : 1 + this.#below(3);
      const cptr = this.#below(40) === 0 ? this.#below(1e9) : this.#firstSlot + this.#below(SLOTS);
      return { type, cptr, count };
    });
    const depth = this.#below(10) === 0 ? this.#below(256) : DEPTH;
    const bundle = { cnode: runtime.selfCNode, depth, objs };
    const cap = this.#below(8) === 0 ? this.#oddCap() : runtime.selfCNode;
    const lifetime = this.#one(LIFETIMES);
    switch (this.#below(10)) {
      case 0:
        yield* this.#forgetObjects();
        yield* this.#ask(this.#client("memory"), "Alloc", { bundle, lifetime }, { cap });
        break;
      case 1:
      case 2:
        yield* this.#ask(this.#client("memory"), "Free", bundle, { cap });
        break;
      case 3:
        yield* this.#ask(this.#client("memory"), "Usage", undefined);
        break;
      case 4:
        yield* this.#ask(this.#client("memory"), "Stats", undefined);
        break;
      default: {
        const one = { ...bundle, objs: objs.slice(0, 1) };
        yield* this.#ask(this.#client("memory"), "Alloc", { bundle: one, lifetime }, { cap });
      }
    }
  }

  /** Most of it is above the level that the console prints. */
  *#log(): Task<void> {
    const level = this.#below(30) === 0 ? this.#below(256) : 5;
    const length = this.#below(10) === 0 ? 2044 : this.#below(80);
    const msg = String.fromCharCode(32 + this.#below(90)).repeat(level === 5 ? length : 20);
    yield* this.#ask(this.#client("logger"), "Log", { level, msg });
  }

  *#devices(): Task<void> {
    switch (this.#below(6)) {
      case 0:
        yield* this.#ask(
          this.#client("uart_write"),
          "Write",
          this.#below(8) === 0 ? 1e6 : this.#below(3),
        );
        break;
      case 1:
        yield* this.#ask(this.#client("uart_write"), "Flush", undefined);
        break;
      case 2:
        yield* this.#ask(this.#client("api"), "Recv", undefined);
        break;
      case 3:
      case 4:
        yield* this.#send();
        break;
      default:
        yield* this.#ask(this.#client("security"), "TestMailbox", undefined);
    }
  }

  /**
   * A message to the security core, which reads and writes what it is lent by physical address. Whoever has the mailbox can
   * have it write anywhere, so the rogue lends a page of its own, or what is no page of RAM: with another one it would end
   * the kernel, and the test, and no driver can know better.
   */
  *#send(): Task<void> {
    this.#lent ??= yield* newPage(this.thread, this.memory);
    const own = yield* this.#lent.paddr();
    yield* this.#lent.fill(Uint8Array.from({ length: WORDS }, () => this.#below(6)));
    const paddr = this.#one([own, own, own, own + 1, 0, 0xffff_f000]);
    const size = this.#one([4, 12, 12, 0, 4096, 4097, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]);
    yield* this.#ask(this.#client("api"), "Send", { paddr, size });
  }

  /** Takes all answers of the security core: it writes to the page until then. */
  *#takePageBack(): Task<void> {
    const mailbox = this.#client("api");
    while ((yield* outcome(mailbox.call("Recv", undefined))) === "Success");
    if (this.#lent !== undefined) yield* this.#lent.free();
    this.#lent = undefined;
  }

  *#load(): Task<void> {
    const bundle = this.#below(6) === 0 ? this.#text() : this.#one(BUNDLES);
    const container = this.memory.newSlot();
    const options = { receiveSlot: container.slot };
    try {
      const reply = yield* this.#client("security").call("LoadApplication", bundle, options);
      yield* this.memory.freeInCNode({ ...reply.bundleFrames, cnode: container.release() });
      this.#report.succeeded();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      yield* container.drop();
      this.#report.refused(error.errorName);
    }
  }

  *#keysAndEchoes(): Task<void> {
    const bundleId = this.#below(8) === 0 ? this.#text() : this.#one(BUNDLES);
    const key = `k${this.#below(KEYS)}`;
    const id = `${bundleId}/${key}`;
    const security = this.#client("security");
    switch (this.#below(7)) {
      case 0:
      case 1: {
        const value = `${this.#echoes++}`.padEnd(this.#below(10) === 0 ? 101 : 9, "x");
        const bytes = new TextEncoder().encode(value);
        const isDone = yield* this.#ask(this.#client("security"), "WriteKey", {
          bundleId,
          key,
          value: bytes,
        });
        if (isDone) this.#keys.set(id, value);
        break;
      }
      case 2:
      case 3:
        try {
          const { value } = yield* security.call("ReadKey", { bundleId, key });
          this.#expect(this.#keys.get(id)?.padEnd(100, "\0"), new TextDecoder().decode(value));
          this.#report.succeeded();
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          this.#expect(this.#keys.get(id), undefined);
          this.#report.refused(error.errorName);
        }
        break;
      case 4:
        if (yield* this.#ask(this.#client("security"), "DeleteKey", { bundleId, key }))
          this.#keys.delete(id);
        break;
      case 5:
        yield* this.#ask(
          this.#client("security"),
          this.#one(["SizeBuffer", "GetManifest"] as const),
          bundleId,
        );
        break;
      default: {
        const text = `rogue ${this.#echoes++}`;
        this.#expect(text, (yield* security.call("Echo", text)).value);
        this.#report.succeeded();
      }
    }
  }

  /** A message that is none of the interface's: any words, and for a page any bytes. */
  *#raw(name: InterfaceName): Task<void> {
    const { sel4, birth } = this.thread;
    const { endpoint, sharedPage } = birth.clients[name] ?? { endpoint: 0 };
    // A discriminant that the interface does not have: it has others that would wait for ever.
    const first = this.#below(3) === 0 ? 0xffff_ffff : 16 + this.#below(100);
    if (sharedPage !== undefined) {
      // One at least: the page holds the last request, which was one.
      const bytes = Uint8Array.from({ length: 1 + this.#below(PAGE_REQUEST_BYTES) }, () =>
        this.#below(256),
      );
      bytes[0] = first;
      sel4.context.copyOut(sharedPage, bytes);
    }
    const length = 1 + this.#below(WORDS);
    for (let index = 0; index < length; index++)
      sel4.setMessageRegister(index, index === 0 ? first : this.#below(2 ** 24));
    const hasCap = this.#below(4) === 0;
    if (hasCap) sel4.setCap(0, this.#oddCap());
    const label = this.#below(100);
    const info = yield* sel4.call(endpoint, messageInfo(label, length, hasCap ? 1 : 0));
    this.#report.refused(messageLabel(info) === 0 ? "nothing" : "raw message");
    if (messageLabel(info) === 0) throw new Error(`${name} took a message that is none`);
  }

  /** Capabilities that services have no use for; endpoints are the worst. */
  #oddCap(): number {
    const { birth, own } = this.thread;
    const { memory, proc_ctrl: processes } = birth.clients;
    return this.#one([
      ...[own.tcb, birth.selfVSpaceRoot, birth.preInit],
      ...[memory?.endpoint ?? 0, processes?.endpoint ?? 0],
    ]);
  }

  *#forgetObjects(): Task<void> {
    for (let index = 0; index < ALL_SLOTS; index++) yield* this.#forget(this.#firstSlot + index);
  }

  *#forget(index: number): Task<void> {
    const { sel4, runtime } = this.thread;
    yield* sel4.cnode.delete({ root: runtime.selfCNode, index, depth: DEPTH });
  }

  #text(): string {
    const length = this.#below(12) === 0 ? 200 : this.#below(20);
    return Array.from({ length }, () => String.fromCharCode(this.#below(0x250))).join("");
  }

  #one<T>(list: readonly T[]): T {
    const item = list[this.#below(list.length)];
    if (item === undefined) throw new RangeError("an empty list");
    return item;
  }

  #expect(expected: string | undefined, found: string | undefined): void {
    if (expected !== found) throw new Error(`answered "${found ?? ""}", not "${expected ?? ""}"`);
  }

  #client<N extends InterfaceName>(name: N): RpcClient<DefinitionOf<N>> {
    return new RpcClient(this.thread, name, INTERFACES[name][1]);
  }

  *#ask<I extends InterfaceDefinition, const R extends keyof I["requests"] & string>(
    client: RpcClient<I>,
    request: R,
    value: PayloadOf<I["requests"][R]>,
    options: CallOptions = {},
  ): Task<boolean> {
    try {
      yield* client.call(request, value, options);
      this.#report.succeeded();
      return true;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#report.refused(error.errorName);
      return false;
    }
  }

  *#quietly<I extends InterfaceDefinition, const R extends keyof I["requests"] & string>(
    client: RpcClient<I>,
    request: R,
    value: PayloadOf<I["requests"][R]>,
  ): Task<void> {
    try {
      yield* client.call(request, value);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
  }
}
