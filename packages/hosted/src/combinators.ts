import type { Task } from "./task.ts";

/** Runs `body` for each item in order. `yield*` cannot cross a callback of an array method; this can. */
export function* forEachTask<T>(
  items: Iterable<T>,
  body: (item: T, index: number) => Task<void>,
): Task<void> {
  let index = 0;
  for (const item of items) yield* body(item, index++);
}

/** Runs `body` for each item in order and collects the results. */
export function* mapTask<T, R>(
  items: Iterable<T>,
  body: (item: T, index: number) => Task<R>,
): Task<R[]> {
  const results: R[] = [];
  let index = 0;
  for (const item of items) results.push(yield* body(item, index++));
  return results;
}

/**
 * Acquires, uses and releases. The release also runs when `use` throws; its system calls happen before the error goes on.
 */
export function* withResource<R, T>(
  acquire: Task<R>,
  use: (resource: R) => Task<T>,
  release: (resource: R) => Task<void>,
): Task<T> {
  const resource = yield* acquire;
  let result: T;
  try {
    result = yield* use(resource);
  } catch (error) {
    yield* release(resource);
    throw error;
  }
  yield* release(resource);
  return result;
}
