import type { ComponentType } from "@cantrip/assembly";
import {
  type BareSemaphore,
  type ComponentThread,
  Dataport,
  emit,
  type Mutex,
  rpcClient,
  serve,
} from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { printInterface, workInterface } from "./interfaces.ts";

/** Bytes of the dataport with the results: more than a page. */
export const RESULT_BYTES = 6000;
const WORD_BYTES = 4;

/** What the two threads share. */
interface WorkerState {
  readonly jobs: { readonly client: number; readonly count: number }[];
  /** Held while {@link jobs} changes. */
  readonly mutex: Mutex;
  /** How many jobs wait. */
  readonly pending: BareSemaphore;
}

/** Takes jobs with one thread and does them with another. */
export const worker: ComponentType = {
  name: "Worker",
  provides: ["work"],
  uses: ["print"],
  // Both threads print, and neither waits for the other's page.
  callers: { print: ["control", "work"] },
  interfaces: { work: workInterface, print: printInterface },
  dataports: ["results"],
  dataportBytes: { results: RESULT_BYTES },
  mutexes: ["jobs"],
  semaphores: { pending: 0 },
  program: {
    name: "Worker",
    create: (runtime): WorkerState => ({
      jobs: [],
      mutex: runtime.mutex("jobs"),
      pending: runtime.semaphore("pending"),
    }),
    threads: { control: { run: doJobs }, work: { run: takeJobs } },
  },
};

function* takeJobs(thread: ComponentThread, { jobs, mutex, pending }: WorkerState): Task<void> {
  const print = rpcClient(thread, "print", printInterface);
  yield* serve(thread, "work", workInterface, {
    *Squares(count, { badge }) {
      yield* print.call("Line", `${count} squares are wanted`);
      yield* mutex.with(thread.sel4, function* () {
        jobs.push({ client: badge, count });
        yield* [];
      });
      yield* pending.post(thread.sel4);
      return undefined;
    },
  });
}

function* doJobs(thread: ComponentThread, { jobs, mutex, pending }: WorkerState): Task<void> {
  const print = rpcClient(thread, "print", printInterface);
  const results = new Dataport(thread, "results");
  for (;;) {
    yield* pending.wait(thread.sel4);
    const job = yield* mutex.with(thread.sel4, function* () {
      yield* [];
      return jobs.shift();
    });
    if (job === undefined) continue;
    for (let index = 0; index < job.count; index++)
      results.store32(index * WORD_BYTES, index * index);
    yield* print.call("Line", `${job.count} squares are there`);
    yield* emit(thread, "work", job.client);
  }
}
