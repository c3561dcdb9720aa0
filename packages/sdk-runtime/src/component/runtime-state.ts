import type { Mutex } from "@cantrip/camkes-rpc";
import { AppRegistry } from "../app-registry.ts";
import { AppTimers } from "../app-timers.ts";
import { ApplicationEnds } from "./application-ends.ts";
import type { AppModels } from "./model-requests.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** What the server of applications and the manager of endpoints share. */
export class SdkRuntimeState {
  readonly registry: AppRegistry = new AppRegistry();
  readonly timers: AppTimers = new AppTimers();
  readonly models: AppModels = new Map();
  readonly waiting: WaitingCalls = new WaitingCalls();
  /** Applications that ended by themselves, for the process manager. */
  readonly ends: ApplicationEnds = new ApplicationEnds();
  /** Held while an application's page is mapped: it does not go meanwhile, and the page with it. */
  readonly pageLock: Mutex;
  /** Slots of the endpoint that applications call, and of its reply object. */
  endpoint = 0;
  reply = 0;

  constructor(pageLock: Mutex) {
    this.pageLock = pageLock;
  }
}
