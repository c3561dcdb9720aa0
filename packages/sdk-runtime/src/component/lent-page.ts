import type { ComponentThread } from "@cantrip/camkes-rpc";
import { CopyRegion } from "@cantrip/copyregion";
import type { Task } from "@cantrip/hosted";
import { SDK_REQUEST_BYTES } from "@cantrip/interfaces/sdk";
import { InvocationError } from "@cantrip/sel4-sys";
import type { RegisteredApp } from "../app-registry.ts";
import type { SdkRuntimeState } from "./runtime-state.ts";

const PARAMS_BYTES = 4096;
/** Type of a frame capability, as `seL4_DebugCapIdentify` gives it. */
const FRAME_CAP = 1;

/**
 * Pages that applications lend, mapped for a moment at `SDK_PARAMS`. The request is in the first half and the reply in the
 * second one.
 *
 * While a page is mapped its application cannot be released, so whoever frees its memory does so before or afterwards.
 */
export class LentPage {
  readonly #thread: ComponentThread;
  readonly #state: SdkRuntimeState;
  readonly #region: CopyRegion;
  readonly #request = new Uint8Array(SDK_REQUEST_BYTES);

  constructor(thread: ComponentThread, state: SdkRuntimeState) {
    const place = thread.birth.copyRegions["SDK_PARAMS"];
    if (place === undefined)
      throw new RangeError(`${thread.birth.name} has no copy region "SDK_PARAMS"`);
    this.#thread = thread;
    this.#state = state;
    this.#region = new CopyRegion(thread.sel4, thread.birth.selfVSpaceRoot, place.address);
  }

  /**
   * Reads a request; `undefined` when the slot has no page that can be mapped.
   *
   * @returns bytes that are valid until the next call
   */
  *read(app: RegisteredApp, slot: number): Task<Uint8Array | undefined> {
    // An application may send any capability; invoking one that is no frame could block.
    if ((yield* this.#thread.sel4.debugCapIdentify(slot)) !== FRAME_CAP) return undefined;
    const request = this.#request;
    const isRead = yield* this.#mapped(app, slot, (region) => {
      region.read(0, request);
    });
    return isRead ? request : undefined;
  }

  /** Writes a reply; `false` when the page is gone or the reply is too long. */
  *write(app: RegisteredApp, slot: number, reply: Uint8Array): Task<boolean> {
    if (reply.length > PARAMS_BYTES - SDK_REQUEST_BYTES) return false;
    return yield* this.#mapped(app, slot, (region) => {
      region.write(SDK_REQUEST_BYTES, reply);
    });
  }

  *#mapped(app: RegisteredApp, slot: number, use: (region: CopyRegion) => void): Task<boolean> {
    const { registry, pageLock } = this.#state;
    const region = this.#region;
    yield* pageLock.lock(this.#thread.sel4);
    try {
      if (!registry.isRegistered(app)) return false;
      yield* region.map(slot);
      use(region);
      yield* region.unmap();
      return true;
    } catch (error) {
      if (!(error instanceof InvocationError)) throw error;
      // Whoever lent the page took it away meanwhile, and the mapping with it.
      region.forget();
      return false;
    } finally {
      yield* pageLock.unlock(this.#thread.sel4);
    }
  }
}
