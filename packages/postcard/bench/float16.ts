/** packcat makes a `Float16Array` when it is loaded, which Node 20 does not have; the messages have no such numbers. */
const host = globalThis as { Float16Array?: unknown };
host.Float16Array ??= Uint16Array;

export {};
