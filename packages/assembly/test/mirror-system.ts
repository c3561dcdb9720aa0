import { readFileSync } from "node:fs";
import type { ComponentType, Connection, SystemDescription } from "@cantrip/assembly";
import { type ComponentThread, type Handlers, RpcFailure, serve } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { defineInterface } from "@cantrip/interfaces";
import { loggerInterface } from "@cantrip/interfaces/logger";
import * as p from "@cantrip/postcard";
import { cantrip } from "@cantrip/sel4-config";

/** The component in C. */
export const mirrorElf: Uint8Array = readFileSync(new URL("c/mirror.elf", import.meta.url));

const errors = {
  Success: 0,
  SerializeFailed: 1,
  DeserializeFailed: 2,
  UnknownError: 3,
  Refused: 4,
} as const;
const codes = {
  errors,
  serializeFailed: errors.SerializeFailed,
  deserializeFailed: errors.DeserializeFailed,
  unknownError: errors.UnknownError,
};

const everything = p.struct({
  flag: p.bool,
  byte: p.u8,
  half: p.u16,
  word: p.u32,
  wide: p.u64,
  size: p.usize,
  text: p.string,
});

/** Message registers. */
export const mirrorInterface = defineInterface({
  name: "mirror",
  transport: "basic",
  requestSize: 240,
  requests: { Mirror: { payload: everything, reply: everything } },
  ...codes,
});

/** A shared page. */
export const pagesInterface = defineInterface({
  name: "pages",
  transport: "shared",
  requestSize: 2048,
  requests: {
    Echo: { payload: p.string, reply: p.string },
    Facts: {
      reply: p.struct({ handled: p.u32, order: p.u32, capType: p.u32 }),
      requestCap: true,
    },
    Refuse: {},
  },
  ...codes,
});

const ends = {
  name: "Mirror",
  provides: ["mirror", "pages"],
  semaphores: { echoed: 0 },
  mutexes: ["order"],
} as const;

/** The mirror in C. */
export const mirrorInC: ComponentType = { ...ends, uses: ["logger"], image: mirrorElf };
/** The mirror in C, which asks a twin first. */
export const curiousMirror: ComponentType = {
  ...mirrorInC,
  uses: ["logger", "twin_mirror", "twin_pages"],
};

const pages: Handlers<typeof pagesInterface> = {
  *Echo(text) {
    return text;
  },
  *Facts() {
    return { handled: 0, order: 0, capType: 0 };
  },
  *Refuse() {
    throw new RpcFailure(errors.Refused);
  },
};

/** As much of it in TypeScript as a twin has to have. */
export const mirrorInTypeScript: ComponentType = {
  ...ends,
  program: {
    name: "Mirror",
    create: () => ({}),
    threads: {
      mirror: {
        run: (thread: ComponentThread) =>
          serve(thread, "mirror", mirrorInterface, {
            *Mirror(value) {
              return value;
            },
          }),
      },
      pages: { run: (thread: ComponentThread) => serve(thread, "pages", pagesInterface, pages) },
    },
  },
};

/** Prints what components log. */
const console: ComponentType = {
  name: "Console",
  provides: ["logger"],
  program: {
    name: "Console",
    create: () => ({}),
    threads: {
      logger: {
        run: (thread: ComponentThread) =>
          serve(thread, "logger", loggerInterface, {
            *Log({ level, msg }) {
              yield* thread.sel4.debugPrint(`<${level}> ${msg}\n`);
              return undefined;
            },
          }),
      },
    },
  },
};

/** A client in TypeScript. */
export function clientOf(body: (thread: ComponentThread) => Task<void>): ComponentType {
  return {
    name: "Client",
    uses: ["mirror", "pages"],
    program: {
      name: "Client",
      create: () => ({}),
      threads: { control: { run: (thread: ComponentThread) => body(thread) } },
    },
  };
}

/** A client that asks nothing. */
export const idleClient: ComponentType = {
  name: "Client",
  uses: ["mirror", "pages"],
  program: { name: "Client", create: () => ({}), threads: {} },
};

/** `client.mirror` and `client.pages` are those of `mirror`; a `curious` one asks that mirror, too. */
export function mirrorSystem(types: {
  readonly mirror: ComponentType;
  readonly client?: ComponentType;
  readonly curious?: ComponentType;
}): SystemDescription {
  const { mirror, client, curious } = types;
  const loggers = [
    ...(mirror.uses?.includes("logger") === true ? ["mirror.logger"] : []),
    ...(curious === undefined ? [] : ["curious.logger"]),
  ];
  const clients = (name: string): string[] => [
    ...(client === undefined ? [] : [`client.${name}`]),
    ...(curious === undefined ? [] : [`curious.twin_${name}`]),
  ];
  const shared = "cantripRPCOverMultiSharedData";
  const connections: Connection[] = [
    {
      name: "rpc_mirror",
      connector: "cantripRPCCall",
      from: clients("mirror"),
      to: "mirror.mirror",
    },
    { name: "multi_pages", connector: shared, from: clients("pages"), to: "mirror.pages" },
    { name: "multi_logger", connector: shared, from: loggers, to: "console.logger" },
  ];
  return {
    name: "mirrors",
    kernel: cantrip,
    platform: "sparrow",
    components: {
      console: { type: console },
      mirror: { type: mirror },
      ...(client === undefined ? {} : { client: { type: client } }),
      ...(curious === undefined ? {} : { curious: { type: curious } }),
    },
    connections,
  };
}
