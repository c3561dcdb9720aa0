import type { SystemDescription } from "@cantrip/assembly";
import type { Task } from "@cantrip/hosted";
import {
  keyRequest,
  logRequest,
  readKeyResponse,
  SdkRequest,
  SdkRuntimeError,
  writeKeyRequest,
} from "@cantrip/interfaces/sdk";
import { codec, decodeUtf8, encodeUtf8 } from "@cantrip/postcard";
import type { Sdk } from "@cantrip/sdk";
import { AppRegistry, LogBudget, type RegisteredApp } from "@cantrip/sdk-runtime";
import type { SdkRuntimeState } from "@cantrip/sdk-runtime/component";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { type KeeperOrders, sparrowWithKeeper } from "./endpoint-keeper.ts";
import { withApplications } from "./hosted-samples.ts";
import { boot } from "./sparrow-session.ts";
import { withState } from "./watched-services.ts";

const format = { format: "0.7" } as const;
const KEY = "secret";
const HASH_MASK = 0xff_ffff;

/** The original's badge: 24 bits of a hash of the name (here FNV-1a, there ahash). */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash & HASH_MASK;
}

/** Two names that the original could not tell apart. */
function collidingNames(): readonly [string, string] {
  const names = new Map<number, string>();
  for (let index = 0; ; index++) {
    const name = `app-${index}`;
    const other = names.get(hashOf(name));
    if (other !== undefined) return [other, name];
    names.set(hashOf(name), name);
  }
}

/** A registry with badges of another kind. */
abstract class OtherRegistry extends AppRegistry {
  readonly #apps = new Map<number, RegisteredApp>();

  protected abstract badgeOf(appId: string): number;

  override get isExhausted(): boolean {
    return false;
  }
  override get size(): number {
    return this.#apps.size;
  }
  override register(appId: string): RegisteredApp | undefined {
    const badge = this.badgeOf(appId);
    const app: RegisteredApp = { appId, badge, log: new LogBudget(), hasFaulted: false };
    if (this.#apps.has(app.badge)) throw new Error("assertion failed: insert.is_none()");
    this.#apps.set(app.badge, app);
    return app;
  }
  override release(appId: string): RegisteredApp | undefined {
    const app = [...this.#apps.values()].find((known) => known.appId === appId);
    if (app !== undefined) this.#apps.delete(app.badge);
    return app;
  }
  override find(badge: number): RegisteredApp | undefined {
    return this.#apps.get(badge);
  }
  override isRegistered(app: RegisteredApp): boolean {
    return this.#apps.get(app.badge) === app;
  }
  override has(appId: string): boolean {
    return [...this.#apps.values()].some((known) => known.appId === appId);
  }
}

/** Badges from a hash of the name, as the original's. */
class HashRegistry extends OtherRegistry {
  protected override badgeOf(appId: string): number {
    return hashOf(appId);
  }
}

/** Badges that are counted from the first one again after the last, whoever has a copy of them. */
class WrappingRegistry extends OtherRegistry {
  readonly #badges: number;
  #lives = 0;

  constructor(badges: number) {
    super();
    this.#badges = badges;
  }
  protected override badgeOf(): number {
    return 0x100 + (this.#lives++ % this.#badges);
  }
}

/** Keeps a secret, and waits to be stopped. */
function* keepSecret(sdk: Sdk, secret: string): Task<number> {
  yield* sdk.writeKey(KEY, encodeUtf8(secret));
  yield* sdk.log("keeps a secret");
  yield* sdk.timerOneshot(0, 3_600_000);
  return yield* sdk.timerWait();
}

const [FIRST, SECOND] = collidingNames();
/** Badges of a runtime that soon has used all of them. */
const FEW = 2;

/** Somebody has a copy of the first application's endpoint, and uses it while the second one runs. */
function useOldCopy(makeRegistry: () => AppRegistry, lives: number): void {
  const orders: KeeperOrders = { requests: [], answers: [] };
  const system: SystemDescription = withState<SdkRuntimeState>(
    sparrowWithKeeper(orders),
    "sdk_runtime",
    (state) => Object.assign(state, { registry: makeRegistry() }),
  );
  const mains = {
    [FIRST]: (sdk: Sdk) => keepSecret(sdk, "the first one's"),
    [SECOND]: (sdk: Sdk) => keepSecret(sdk, "the second one's"),
  };
  const session = boot({ ...withApplications(mains), system });
  const ask = (appId: string, label: number, bytes: Uint8Array): (typeof orders.answers)[0] => {
    orders.requests.push({ appId, label, bytes });
    for (let wait = 0; wait < 100 && orders.answers.length === 0; wait++) session.advance(0.01);
    expect(orders.answers).toHaveLength(1);
    return orders.answers.shift();
  };
  const keyBytes = codec(keyRequest, format).encode({ key: KEY });
  const secretOf = (appId: string): string | undefined => {
    const answer = ask(appId, SdkRequest.ReadKey, keyBytes);
    if (answer?.label !== 0) return undefined;
    const { value } = codec(readKeyResponse, format).decode(answer.reply);
    return decodeUtf8(value)?.replace(/\0+$/, "");
  };
  const start = (name: string): void => {
    expect(session.command(`start ${name}`)).toContain("started.");
    session.expectConsole(`[${name}]::keeps a secret\n`);
  };
  start(FIRST);
  // A copy is as good as the original, as long as the application is there.
  expect(secretOf(FIRST)).toBe("the first one's");
  session.command(`stop ${FIRST}`);
  expect(ask(FIRST, SdkRequest.Ping, new Uint8Array())?.label).toBe(
    SdkRuntimeError.SDKInvalidBadge,
  );
  for (let life = 1; life < lives; life++) {
    start(SECOND);
    session.command(`stop ${SECOND}`);
  }
  start(SECOND);
  session.discardOutput();
  const forged = encodeUtf8("forged");
  const requests: readonly (readonly [number, Uint8Array])[] = [
    [SdkRequest.Ping, new Uint8Array()],
    [SdkRequest.ReadKey, keyBytes],
    [SdkRequest.WriteKey, codec(writeKeyRequest, format).encode({ key: KEY, value: forged })],
    [SdkRequest.Log, codec(logRequest, format).encode({ msg: forged })],
    [SdkRequest.PollForTimers, new Uint8Array()],
  ];
  const answers = requests.map(([label, bytes]) => ask(FIRST, label, bytes));
  for (const answer of answers) {
    // Where badges are counted anew, there is no copy any more.
    if (answer === undefined) continue;
    expect(answer.label, "the answer to the first one's copy").toBe(
      SdkRuntimeError.SDKInvalidBadge,
    );
    expect(answer.reply.some((byte) => byte !== 0)).toBe(false);
  }
  session.advance(0.1);
  expect(session.transcript).not.toContain("forged");
  expect(session.command(`kvread ${SECOND} ${KEY}`)).toContain("= [116, 104, 101, 32, 115, 101");
  expect(session.command(`status ${SECOND}`)).toBe(`${SECOND}: Running\n`);
}

describe("a copy of the endpoint of an application that was stopped", () => {
  defect(
    "15: is nobody's: a request through it is not answered as another application's",
    { ours: () => new AppRegistry(), mutant: () => new HashRegistry() },
    (make) => {
      useOldCopy(make, 1);
    },
    /the answer to the first one's copy: expected \+0 to be 3/,
  );

  defect(
    "15: is gone when all badges were used, and are counted anew",
    { ours: () => new AppRegistry(0x100 + FEW - 1), mutant: () => new WrappingRegistry(FEW) },
    (make) => {
      useOldCopy(make, FEW);
    },
    /the answer to the first one's copy: expected \+0 to be 3/,
  );
});
