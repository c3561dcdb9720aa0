import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { SdkRequest, SdkRuntimeError } from "@cantrip/interfaces/sdk";
import { Logger } from "@cantrip/logger";
import { messageExtraCaps, messageInfo, messageLabel, messageLength } from "@cantrip/sel4-sys";
import { TOP_LEVEL_DEPTH } from "@cantrip/slot-allocator";
import { FIRST_APP_BADGE, type RegisteredApp } from "../app-registry.ts";
import { describeFault, FIRST_REQUEST_LABEL } from "../fault-report.ts";
import { type AlarmClock, alarmClock } from "./alarm-clock.ts";
import { type Answer, refused, SUCCESS } from "./answer.ts";
import { LentPage } from "./lent-page.ts";
import { LogRequests } from "./log-requests.ts";
import { completedReply, modelRequests, type ModelRequests } from "./model-requests.ts";
import { Requests } from "./requests.ts";
import type { SdkRuntimeState } from "./runtime-state.ts";
import { maskReply, TimerRequests } from "./timer-requests.ts";
import { dropPage, type WaitingCall } from "./waiting-calls.ts";

/** Longest fault message of this kernel: an unknown system call's. */
const MAX_FAULT_WORDS = 13;

/** Serves applications on one endpoint: requests with a lent page, and their faults. */
export class ApplicationServer {
  readonly #thread: ComponentThread;
  readonly #state: SdkRuntimeState;
  readonly #logger: Logger;
  readonly #logs: LogRequests;
  readonly #page: LentPage;
  readonly #requests: Requests;
  /** Absent where the system has no timer service. */
  readonly #clock: AlarmClock | undefined;
  /** Absent where the system has no ML coordinator. */
  readonly #models: ModelRequests | undefined;
  /** Where the page of the next request arrives. */
  #receiveSlot: number;
  /** Reply object of the next call. */
  #reply: number;

  /** @throws RangeError when the component has no copy region, or no slot for a page */
  constructor(thread: ComponentThread, state: SdkRuntimeState) {
    this.#thread = thread;
    this.#state = state;
    this.#logger = new Logger(thread);
    this.#page = new LentPage(thread, state);
    this.#clock = alarmClock(thread);
    this.#logs = new LogRequests(state, this.#logger, this.#clock);
    this.#models = modelRequests(thread, state.models, state.registry);
    this.#requests = new Requests(thread, state, {
      logs: this.#logs,
      timers: this.#clock && new TimerRequests(state, this.#clock),
      models: this.#models,
    });
    const receiveSlot = thread.runtime.slots.alloc();
    if (receiveSlot === undefined) throw new RangeError(`${thread.birth.name} has no free slot`);
    this.#receiveSlot = receiveSlot;
    this.#reply = state.reply;
  }

  /** Serves for ever. */
  *run(): Task<never> {
    const { sel4 } = this.#thread;
    const { endpoint } = this.#state;
    let error: SdkRuntimeError | undefined;
    for (;;) {
      this.#offerReceiveSlot();
      const info =
        error === undefined
          ? yield* sel4.recv(endpoint, this.#reply)
          : yield* sel4.replyRecv(endpoint, messageInfo(error, 0), this.#reply);
      if (sel4.badge < FIRST_APP_BADGE) {
        yield* this.#signalled();
        error = undefined;
      } else {
        error = yield* this.#message(info, this.#state.registry.find(sel4.badge));
      }
    }
  }

  /** Handles a message of an application; `undefined` when it is not answered now. */
  *#message(info: number, app: RegisteredApp | undefined): Task<SdkRuntimeError | undefined> {
    const label = messageLabel(info);
    const hasCap = messageExtraCaps(info) > 0;
    if (label < FIRST_REQUEST_LABEL || app?.hasFaulted === true) {
      // A fault is never answered: the application stays stopped. One that goes on has made up its fault.
      if (app?.hasFaulted !== true) yield* this.#reportFault(app, label, messageLength(info));
      if (app !== undefined) app.hasFaulted = true;
      if (hasCap) yield* this.#dropReceived();
      return undefined;
    }
    const answer = yield* this.#serve(app, label, hasCap);
    if (app !== undefined && answer.awaits !== undefined) {
      const refusal = yield* this.#defer(app, answer.awaits);
      if (refusal === undefined) return undefined;
      yield* this.#dropReceived();
      return refusal;
    }
    if (hasCap) yield* this.#dropReceived();
    return answer.hasEnded === true ? undefined : answer.error;
  }

  *#serve(app: RegisteredApp | undefined, label: number, hasCap: boolean): Task<Answer> {
    if (app === undefined) return refused(SdkRuntimeError.SDKInvalidBadge);
    if (!hasCap) return refused(SdkRuntimeError.SDKMapPageFailed);
    // Nothing is in its page.
    if (label === SdkRequest.Ping) return SUCCESS;
    const slot = this.#receiveSlot;
    const request = yield* this.#page.read(app, slot);
    if (request === undefined) return refused(SdkRuntimeError.SDKMapPageFailed);
    const answer = yield* this.#requests.serve(app, label, request);
    if (answer.reply === undefined || (yield* this.#page.write(app, slot, answer.reply)))
      return answer;
    return refused(SdkRuntimeError.SDKMapPageFailed);
  }

  /** Keeps the call that is being served, and its page; later ones use others. Returns why it cannot be kept. */
  *#defer(app: RegisteredApp, awaits: WaitingCall["awaits"]): Task<SdkRuntimeError | undefined> {
    const { waiting, registry } = this.#state;
    const { slots } = this.#thread.runtime;
    const receiveSlot = slots.alloc();
    if (receiveSlot === undefined) return SdkRuntimeError.SDKOutOfResources;
    const hasReply = yield* waiting.provide(this.#thread, app);
    // It may have gone while the memory manager answered.
    if (!hasReply || !registry.isRegistered(app)) {
      slots.free(receiveSlot);
      yield* waiting.release(this.#thread, app);
      return hasReply ? SdkRuntimeError.SDKInvalidBadge : SdkRuntimeError.SDKOutOfResources;
    }
    // An application that sends instead of calling does not wait for its answers.
    const previous = waiting.find(app.badge);
    if (previous !== undefined && waiting.remove(previous)) {
      waiting.giveBack(previous.reply);
      yield* dropPage(this.#thread, previous.page);
    }
    this.#reply = waiting.add({ app, awaits, reply: this.#reply, page: this.#receiveSlot });
    this.#receiveSlot = receiveSlot;
    return undefined;
  }

  /** Answers a call that was kept. */
  *#answer(call: WaitingCall, reply: Uint8Array): Task<void> {
    const { waiting } = this.#state;
    if (!waiting.remove(call)) return;
    const { sel4 } = this.#thread;
    const isWritten = yield* this.#page.write(call.app, call.page, reply);
    yield* dropPage(this.#thread, call.page);
    const error = isWritten ? SdkRuntimeError.SDKSuccess : SdkRuntimeError.SDKMapPageFailed;
    yield* sel4.send(call.reply, messageInfo(error, 0));
    waiting.giveBack(call.reply);
    yield* waiting.trim(this.#thread);
  }

  /** Timer service or ML coordinator signalled: answers those for whom something has happened. */
  *#signalled(): Task<void> {
    if (this.#clock !== undefined) yield* this.#expireTimers(this.#clock);
    const models = this.#models;
    if (models === undefined) return;
    for (const call of this.#state.waiting.waitingFor("model")) {
      const mask = yield* models.completed(call.app);
      if (mask !== 0 || !models.isActive(call.app)) yield* this.#answer(call, completedReply(mask));
    }
  }

  *#expireTimers(clock: AlarmClock): Task<void> {
    const { timers, waiting } = this.#state;
    const now = yield* clock.wentOff();
    if (now === undefined) return;
    const expired = timers.expire(now);
    yield* clock.set(timers.nextDeadline);
    for (const { badge } of expired) {
      const call = waiting.find(badge);
      if (badge < 0) yield* this.#logs.windowEnded(-badge, now);
      else if (call?.awaits === "timers") {
        const mask = timers.take(badge);
        if (mask !== 0) yield* this.#answer(call, maskReply(mask));
      }
    }
  }

  #offerReceiveSlot(): void {
    const { sel4, birth } = this.#thread;
    sel4.setReceivePath(birth.selfCNode, this.#receiveSlot, TOP_LEVEL_DEPTH);
  }

  *#dropReceived(): Task<void> {
    const { sel4, birth } = this.#thread;
    const { selfCNode: root } = birth;
    yield* sel4.cnode.delete({ root, index: this.#receiveSlot, depth: TOP_LEVEL_DEPTH });
  }

  *#reportFault(app: RegisteredApp | undefined, label: number, length: number): Task<void> {
    const { sel4 } = this.#thread;
    const registers = Array.from({ length }, (_, index) => sel4.messageRegister(index));
    const name = app?.appId ?? `badge ${sel4.badge}`;
    for (const { target, text } of describeFault(name, label, registers))
      yield* this.#logger.error(target, text);
    if (app !== undefined) {
      const value = { label, words: registers.slice(0, MAX_FAULT_WORDS) };
      yield* this.#state.ends.add(sel4, app.appId, { type: "Faulted", value });
    }
  }
}
