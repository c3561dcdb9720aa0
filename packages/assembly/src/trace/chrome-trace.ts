import type { Endpoint, Fault, KernelObserver, Notification, Tcb } from "@cantrip/sel4-kernel";
import type { ObservedSystem, SystemObserver } from "../riscv/system-observer.ts";
import { faultText, sendTarget } from "./call-text.ts";
import { MessageReader, type SentMessage } from "./message-reader.ts";
import { SystemNames } from "./names.ts";
import { ThreadMemory } from "./thread-memory.ts";

/** How much a Chrome trace records. */
export interface ChromeTraceOptions {
  /** Slices, arrows and instants to record at most; 1,000,000 when absent. What began before is still ended. */
  readonly maxEvents?: number;
}

/** A recording of a system in the trace event format. */
export interface ChromeTrace extends SystemObserver {
  /** Whether `maxEvents` was reached, so that the end is missing. */
  readonly isFull: boolean;
  /**
   * The recording so far, as a JSON object: opens in Perfetto and in `chrome://tracing`.
   *
   * Source: "Trace Event Format" of Chromium.
   */
  json(): string;
}

const DEFAULT_MAX_EVENTS = 1_000_000;
/** The process of what belongs to no component: interrupts. */
const KERNEL_PID = 1;
/** Viewers take thread 0 for the idle thread. */
const KERNEL_TID = 1;

/** One entry of `traceEvents`; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X" | "i" | "b" | "e" | "s" | "f";
  readonly ts: number;
  readonly dur?: number;
  readonly id?: number;
  /** Scope of an instant. */
  readonly s?: "t";
  /** Where an arrow ends: at the slice that contains it, rather than at the next one. */
  readonly bp?: "e";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** An event and the thread to which it belongs; `null`: the kernel. */
interface Recorded {
  readonly thread: Tcb | null;
  readonly event: TraceEvent;
}

/** A call whose reply has not come. */
interface OpenCall {
  readonly id: number;
  readonly message: SentMessage;
}

/**
 * Records who runs when, messages, calls, faults and interrupts. A process is a component, a thread a thread; slices are
 * the time that threads run, arrows are messages, asynchronous slices are calls from request to reply.
 */
export function createChromeTrace(options: ChromeTraceOptions = {}): ChromeTrace {
  const recording = new Recording(options.maxEvents ?? DEFAULT_MAX_EVENTS);
  return {
    observe(system) {
      recording.begin(system);
      return recording;
    },
    get isFull() {
      return recording.isFull;
    },
    json: () => recording.json(),
  };
}

/** What a recording knows of its system. */
interface Context {
  readonly system: ObservedSystem;
  readonly names: SystemNames;
  readonly reader: MessageReader;
}

class Recording implements KernelObserver {
  isFull = false;
  readonly #maxEvents: number;
  readonly #events: Recorded[] = [];
  readonly #calls = new Map<Tcb, OpenCall>();
  /** When each thread made its latest system call. */
  readonly #callTimes = new WeakMap<Tcb, number>();
  /** Threads in the order in which they were first seen: ids follow it. */
  readonly #threads = new Set<Tcb>();
  #context: Context | undefined;
  #running: Tcb | undefined;
  #runningSince = 0;
  #nextId = 1;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** @throws RangeError for a second system: one recording has one clock */
  begin(system: ObservedSystem): void {
    if (this.#context !== undefined) throw new RangeError("a trace records one system");
    const names = new SystemNames(system);
    const memory = new ThreadMemory(system.machine, system.kernel);
    this.#context = { system, names, reader: new MessageReader(system, names, memory) };
  }

  systemCall(thread: Tcb): void {
    this.#context?.names.learn(thread);
    this.#callTimes.set(thread, this.#now());
  }

  threadSwitch(_from: Tcb, to: Tcb): void {
    this.#endSlice();
    const isIdle = to === this.#context?.system.kernel.state.idle;
    this.#running = isIdle ? undefined : to;
    this.#runningSince = this.#now();
  }

  message(
    sender: Tcb,
    receiver: Tcb,
    endpoint: Endpoint | null,
    badge: number,
    info: number,
  ): void {
    if (this.#context === undefined) return;
    const { system, names, reader } = this.#context;
    const { kernel } = system;
    let label: string;
    if (endpoint === null) {
      label = this.#endCall(sender, receiver, info);
    } else if (sender.fault !== null) {
      label = faultText(sender, sender.fault);
    } else {
      const message = reader.sent(sender, sendTarget(kernel.state.config, sender));
      label = message.text;
      // The caller of a `seL4_Call` waits for a reply; other senders do not.
      if (sender.context[A7] === kernel.state.config.syscall.call) this.#beginCall(sender, message);
    }
    const via = endpoint === null ? "reply" : names.object(endpoint);
    this.#arrow(sender, receiver, { message: label, via, badge });
  }

  fault(thread: Tcb, fault: Fault, hasHandler: boolean): void {
    const name = faultText(thread, fault);
    this.#instant(thread, "fault", name, { hasHandler });
  }

  interrupt(irq: number | null, notification: Notification | null): void {
    const target = notification === null ? null : this.#context?.names.object(notification);
    const name = irq === null ? "kernel timer" : `irq ${irq}`;
    this.#instant(null, "irq", name, { notification: target });
  }

  json(): string {
    const recorded = [...this.#events];
    const now = this.#now();
    if (this.#running !== undefined) recorded.push(this.#slice(this.#running, now));
    for (const [thread, { id, message }] of this.#calls) {
      const args = { reply: "none yet" };
      recorded.push({ thread, event: { ...callEvent(message, id), ph: "e", ts: now, args } });
    }
    recorded.sort((a, b) => a.event.ts - b.event.ts);
    const { metadata, idOf } = this.#processes(recorded);
    const traceEvents = [
      ...metadata,
      ...recorded.map(({ thread, event }) => ({ ...event, ...idOf(thread) })),
    ];
    const otherData = { clock: "virtual time", isFull: this.isFull };
    return JSON.stringify({ displayTimeUnit: "ns", otherData, traceEvents });
  }

  /** Numbers for components and threads, and the metadata that names them. */
  #processes(recorded: readonly Recorded[]) {
    const pids = new Map<string, number>();
    const ids = new Map<Tcb, { readonly pid: number; readonly tid: number }>();
    const metadata = [
      nameEvent("process_name", KERNEL_PID, KERNEL_TID, "kernel"),
      nameEvent("thread_name", KERNEL_PID, KERNEL_TID, "interrupts"),
    ];
    for (const { thread } of recorded) if (thread !== null) this.#threads.add(thread);
    let tid = KERNEL_TID;
    for (const thread of this.#threads) {
      const name = this.#context?.names.thread(thread);
      const component = name?.component ?? thread.name;
      let pid = pids.get(component);
      if (pid === undefined) {
        pids.set(component, (pid = KERNEL_PID + 1 + pids.size));
        metadata.push(nameEvent("process_name", pid, tid + 1, component));
      }
      ids.set(thread, { pid, tid: ++tid });
      metadata.push(nameEvent("thread_name", pid, tid, name?.label ?? thread.name));
    }
    const kernel = { pid: KERNEL_PID, tid: KERNEL_TID };
    const idOf = (thread: Tcb | null) => (thread === null ? kernel : (ids.get(thread) ?? kernel));
    return { metadata, idOf };
  }

  #beginCall(client: Tcb, message: SentMessage): void {
    // A call that was cut off, and made again.
    this.#closeCall(client, "cut off");
    if (message.name === "" || !this.#hasRoom()) return;
    const id = this.#nextId++;
    this.#calls.set(client, { id, message });
    const ts = this.#callTimes.get(client) ?? this.#now();
    const args = { request: message.text };
    this.#add(client, { ...callEvent(message, id), ph: "b", ts, args });
  }

  /** @returns the reply as text */
  #endCall(server: Tcb, client: Tcb, info: number): string {
    const call = this.#calls.get(client);
    if (call === undefined) return this.#context?.reader.plain(server, info) ?? "";
    const reply = call.message.readReply(server, client, info);
    this.#closeCall(client, reply);
    return reply;
  }

  #closeCall(client: Tcb, reply: string): void {
    const call = this.#calls.get(client);
    if (call === undefined) return;
    this.#calls.delete(client);
    const event = callEvent(call.message, call.id);
    this.#add(client, { ...event, ph: "e", ts: this.#now(), args: { reply } });
  }

  /** An arrow from the slice in which a message was sent to the one in which it is handled. */
  #arrow(sender: Tcb, receiver: Tcb, args: Readonly<Record<string, unknown>>): void {
    if (!this.#hasRoom()) return;
    const now = this.#now();
    const arrow = { name: "message", cat: "ipc", id: this.#nextId++ } as const;
    const isSenderRunning = this.#running === sender;
    const sent = isSenderRunning ? now : (this.#callTimes.get(sender) ?? now);
    this.#add(sender, { ...arrow, ph: "s", ts: sent, args });
    // A receiver that runs already took the message up; another one runs later.
    const end = this.#running === receiver ? ({ bp: "e" } as const) : {};
    this.#add(receiver, { ...arrow, ph: "f", ts: now, ...end });
  }

  #instant(
    thread: Tcb | null,
    cat: string,
    name: string,
    args: Readonly<Record<string, unknown>>,
  ): void {
    if (this.#hasRoom()) this.#add(thread, { name, cat, ph: "i", ts: this.#now(), s: "t", args });
  }

  #endSlice(): void {
    if (this.#running === undefined || !this.#hasRoom()) return;
    this.#events.push(this.#slice(this.#running, this.#now()));
  }

  #slice(thread: Tcb, now: number): Recorded {
    const ts = this.#runningSince;
    return { thread, event: { name: "running", cat: "sched", ph: "X", ts, dur: now - ts } };
  }

  #add(thread: Tcb | null, event: TraceEvent): void {
    this.#events.push({ thread, event });
  }

  #hasRoom(): boolean {
    if (this.#events.length >= this.#maxEvents) this.isFull = true;
    return !this.isFull;
  }

  #now(): number {
    if (this.#context === undefined) return 0;
    const { machine } = this.#context.system;
    return (machine.cycles * 1_000_000) / machine.clock.cyclesPerSecond;
  }
}

/** `a7`: the number of the system call. */
const A7 = 17;

function callEvent(message: SentMessage, id: number) {
  return { name: message.name, cat: "rpc", id };
}

function nameEvent(name: "process_name" | "thread_name", pid: number, tid: number, value: string) {
  return { name, ph: "M", pid, tid, args: { name: value } };
}
