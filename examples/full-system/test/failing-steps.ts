import type { ComponentType } from "@cantrip/assembly";
import { componentTypes } from "@cantrip/assembly/cantrip";
import type { ComponentDefinition, ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { ErrorCode, InvocationError, messageInfo, type SeL4 } from "@cantrip/sel4-sys";

/** Groups of system calls of which any may be made to fail. */
const GROUPS: readonly string[] = [
  ...["asidPool", "cnode", "domainSet", "page", "pageTable", "schedControl", "tcb"],
];
/**
 * Calls of services on the way to a started application, beside those for what its manifest limits; the later ones give
 * back.
 */
const CALLS_OF_A_START = 4;
const REFUSED = 99;

/** Lets one system call of the process manager fail, of those that it makes from {@link FailingSteps.arm} on. */
export class FailingSteps {
  /** The call that fails, from 1; 0: none. */
  #failing = 0;
  #step = 0;
  #calls = 0;
  /** What was made to fail. */
  failed = "";
  /** A mutant: after the failure nothing more is done, as in the original, which returns at the first error. */
  isForgetful = false;
  /** A mutant: what was loaded is not given back when the application runs, as in the original. */
  isKeeping = false;
  readonly #callsOfAStart: number;
  /** The thread whose steps these are. */
  thread: ComponentThread | undefined;

  /** @param limits - calls that tell others what the manifest limits */
  constructor(limits = 0) {
    this.#callsOfAStart = CALLS_OF_A_START + limits;
  }

  arm(failing: number): void {
    this.#failing = failing;
    this.#step = 0;
    this.#calls = 0;
    this.failed = "";
  }

  /** A thread that makes the same system calls, but the failing one. */
  threadOf(thread: ComponentThread): ComponentThread {
    this.thread = thread;
    const sel4 = this.#wrap(thread.sel4, (name) => {
      return name === "call" ? this.#replacedCall() : undefined;
    });
    return Object.create(thread, { sel4: { value: sel4 } }) as ComponentThread;
  }

  #wrap(sel4: SeL4, refusal: (name: string) => Task<number> | undefined): SeL4 {
    return new Proxy(sel4, {
      get: (target, name: string) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === "function") {
          return (...args: unknown[]): unknown =>
            refusal(name) ?? (Reflect.apply(value, target, args) as unknown);
        }
        if (GROUPS.includes(name) && typeof value === "object" && value !== null)
          return this.#wrapGroup(name, value);
        return value;
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    });
  }

  #wrapGroup(group: string, invocations: object): object {
    return new Proxy(invocations, {
      get: (target, name: string) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (this.#hasGivenUp) return nothing();
          // Deleting is what undoes.
          if (name !== "delete" && this.#isFailing(`${group}.${name}`))
            throw new InvocationError(`${group}.${name}`, ErrorCode.IllegalOperation, []);
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
  }

  /** What is done instead of a call of a service, if anything. */
  #replacedCall(): Task<number> | undefined {
    this.#calls++;
    if (this.#hasGivenUp) return answered(0);
    if (this.#calls > this.#callsOfAStart) return this.isKeeping ? answered(0) : undefined;
    return this.#isFailing(`call ${this.#calls}`) ? answered(REFUSED) : undefined;
  }

  get #hasGivenUp(): boolean {
    return this.isForgetful && this.failed !== "";
  }

  #isFailing(what: string): boolean {
    if (this.#failing === 0 || ++this.#step !== this.#failing) return false;
    this.failed = what;
    return true;
  }
}

function* answered(label: number): Task<number> {
  return messageInfo(label, 0);
}

function* nothing(): Task<void> {
  // The mutant does nothing.
}

/** The process manager with steps that fail. */
export function processManagerWith(
  steps: FailingSteps,
  type: ComponentType = componentTypes.processManager,
): ComponentType {
  const program = type.program as ComponentDefinition<unknown>;
  const thread = program.threads["proc_ctrl"];
  if (thread?.run === undefined) throw new Error("no thread proc_ctrl");
  return {
    ...type,
    program: {
      ...program,
      threads: {
        ...program.threads,
        proc_ctrl: {
          *run(own, state): Task<void> {
            yield* thread.run?.(steps.threadOf(own), state) ?? nothing();
          },
        },
      },
    },
  };
}
