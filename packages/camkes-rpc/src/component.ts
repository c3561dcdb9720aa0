import type { HostedComponent, HostedInstance, Task, UserContext } from "@cantrip/hosted";
import { type KernelConfig, profileByName } from "@cantrip/sel4-config";
import { SeL4 } from "@cantrip/sel4-sys";
import { SlotAllocator } from "@cantrip/slot-allocator";
import { BareSemaphore } from "./bare-semaphore.ts";
import type { ComponentBirth, ThreadBirth } from "./birth.ts";
import { Mutex } from "./mutex.ts";

/** What the threads of one component instance share. */
export class ComponentRuntime {
  readonly birth: ComponentBirth;
  readonly config: KernelConfig;
  readonly slots: SlotAllocator;
  readonly selfCNode: number;
  readonly #semaphores = new Map<string, BareSemaphore>();
  readonly #mutexes = new Map<string, Mutex>();
  readonly #pageMutexes = new Map<string, Mutex>();
  readonly preInit: BareSemaphore;
  readonly interfaceInit: BareSemaphore;
  readonly postInit: BareSemaphore;

  /** @throws RangeError for an unknown kernel profile */
  constructor(birth: ComponentBirth) {
    const config = profileByName(birth.profile);
    if (config === undefined) throw new RangeError(`unknown kernel profile "${birth.profile}"`);
    this.birth = birth;
    this.config = config;
    this.slots = new SlotAllocator(birth.firstSlot, birth.lastSlot);
    this.selfCNode = birth.selfCNode;
    this.preInit = new BareSemaphore(birth.preInit);
    this.interfaceInit = new BareSemaphore(birth.interfaceInit);
    this.postInit = new BareSemaphore(birth.postInit);
    for (const [name, endpoint] of Object.entries(birth.semaphores)) {
      this.#semaphores.set(name, new BareSemaphore(endpoint, birth.semaphoreValues[name] ?? 0));
    }
    for (const [name, notification] of Object.entries(birth.mutexes))
      this.#mutexes.set(name, new Mutex(notification));
    for (const [name, { pageMutex }] of Object.entries(birth.clients))
      if (pageMutex !== undefined) this.#pageMutexes.set(name, new Mutex(pageMutex));
  }

  /** A semaphore of the component's description. @throws RangeError when there is none of that name */
  semaphore(name: string): BareSemaphore {
    const semaphore = this.#semaphores.get(name);
    if (semaphore === undefined)
      throw new RangeError(`${this.birth.name} has no semaphore "${name}"`);
    return semaphore;
  }

  /** A mutex of the component's description. @throws RangeError when there is none of that name */
  mutex(name: string): Mutex {
    const mutex = this.#mutexes.get(name);
    if (mutex === undefined) throw new RangeError(`${this.birth.name} has no mutex "${name}"`);
    return mutex;
  }

  /** What a thread holds while it calls through a client interface's page, when threads share that; by the interface. */
  pageMutex(name: string): Mutex | undefined {
    return this.#pageMutexes.get(name);
  }
}

/** A thread of a component instance. */
export class ComponentThread {
  /** `control` or an interface's name. */
  readonly name: string;
  readonly runtime: ComponentRuntime;
  readonly birth: ComponentBirth;
  readonly own: ThreadBirth;
  readonly context: UserContext;
  readonly sel4: SeL4;

  /** @throws RangeError when the component has no such thread */
  constructor(name: string, runtime: ComponentRuntime, context: UserContext) {
    const own = runtime.birth.threads[name];
    if (own === undefined) throw new RangeError(`${runtime.birth.name} has no thread "${name}"`);
    this.name = name;
    this.runtime = runtime;
    this.birth = runtime.birth;
    this.own = own;
    this.context = context;
    this.sel4 = new SeL4(context, runtime.config, own.ipcBuffer);
  }
}

/** What a thread does. `preInit` and `postInit` are the control thread's, `init` the others'. */
export interface ThreadDefinition<State> {
  preInit?(thread: ComponentThread, state: State): Task<void>;
  init?(thread: ComponentThread, state: State): Task<void>;
  postInit?(thread: ComponentThread, state: State): Task<void>;
  run?(thread: ComponentThread, state: State): Task<void>;
}

/** A component in TypeScript. */
export interface ComponentDefinition<State> {
  readonly name: string;
  /** Makes the state of an instance. */
  create(runtime: ComponentRuntime): State;
  readonly threads: Readonly<Record<string, ThreadDefinition<State>>>;
}

/**
 * The hosted code of a component instance.
 *
 * Start-up order: control's `preInit`, then every interface's `init`, then control's `postInit`, then every `run`; kept
 * by three semaphores over real endpoints. A thread whose `run` is over waits for ever. Control's `run` begins when the
 * passive interfaces wait for requests.
 */
export function componentProgram<State>(
  definition: ComponentDefinition<State>,
  birth: ComponentBirth,
): HostedComponent {
  return {
    name: birth.name,
    create(): HostedInstance {
      const runtime = new ComponentRuntime(birth);
      const state = definition.create(runtime);
      return {
        run: (name, context) =>
          runThread(definition, state, new ComponentThread(name, runtime, context)),
      };
    },
  };
}

/**
 * Takes the time from the threads that serve on their callers'. Each waits for it at an endpoint of its own: a client that
 * called at once would find it with time that goes while it serves. With the answer to this call it goes on to its clients.
 */
function* makePassive({ sel4, birth }: ComponentThread): Task<void> {
  for (const { passive } of Object.values(birth.threads)) {
    if (passive === undefined) continue;
    yield* sel4.wait(passive.ready);
    yield* sel4.schedContext.unbind(passive.schedContext);
    yield* sel4.call(passive.go, 0);
  }
}

function* runThread<State>(
  definition: ComponentDefinition<State>,
  state: State,
  thread: ComponentThread,
): Task<void> {
  const { runtime, sel4 } = thread;
  const code = definition.threads[thread.name] ?? {};
  const others = Object.keys(thread.birth.threads).length - 1;
  if (thread.name === "control") {
    if (code.preInit !== undefined) yield* code.preInit(thread, state);
    for (let index = 0; index < others; index++) yield* runtime.preInit.post(sel4);
    for (let index = 0; index < others; index++) yield* runtime.interfaceInit.wait(sel4);
    if (code.postInit !== undefined) yield* code.postInit(thread, state);
    for (let index = 0; index < others; index++) yield* runtime.postInit.post(sel4);
    yield* makePassive(thread);
  } else {
    yield* runtime.preInit.wait(sel4);
    if (code.init !== undefined) yield* code.init(thread, state);
    yield* runtime.interfaceInit.post(sel4);
    yield* runtime.postInit.wait(sel4);
  }
  if (code.run !== undefined) yield* code.run(thread, state);
  for (;;) yield* sel4.wait(thread.birth.interfaceInit);
}
