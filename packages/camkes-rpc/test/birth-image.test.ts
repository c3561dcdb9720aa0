import { readFileSync } from "node:fs";
import {
  BIRTH_SYMBOL,
  BIRTH_VERSION,
  type ComponentBirth,
  readBirthArea,
  writeBirth,
} from "@cantrip/camkes-rpc";
import { describe, expect, it } from "vitest";
import { birthOf } from "./birth-of.ts";

const header = readFileSync(
  new URL("../c/include/cantrip/birth.h", import.meta.url),
  "utf8",
).replace(/\/\*.*?\*\//gs, "");
const ADDRESS = 0x11000;

/** Declarations of a structure of the C header, one for each field. */
function fieldsOf(structure: string): string[] {
  const body = new RegExp(String.raw`struct ${structure} \{(.*?)\n\};`, "s").exec(header)?.[1];
  if (body === undefined) throw new Error(`no structure ${structure}`);
  return body
    .split(";")
    .map((field) => field.trim())
    .filter((field) => field !== "");
}

/** Reads structures by the declarations of the C header. */
class HeaderReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  text(at: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(at, this.#bytes.indexOf(0, at)));
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #table(count: number, type: string, address: number): unknown[] {
    let at = address - ADDRESS;
    return Array.from({ length: count }, () => {
      if (!type.startsWith("cantrip_")) return this.#word((at += 4) - 4);
      const [value, end] = this.structure(type, at);
      at = end;
      return value;
    });
  }

  /** A structure, and the offset of what follows. */
  structure(type: string, start: number): [Record<string, unknown>, number] {
    const value: Record<string, unknown> = {};
    let at = start;
    let count = 0;
    for (const field of fieldsOf(type)) {
      const name = /(\w+)(\[\d+\])?$/.exec(field)?.[1] ?? "";
      const table = /^CANTRIP_TABLE\(struct (\w+)\)/.exec(field)?.[1];
      const pointer = /^const (?:struct )?(\w+) \*/.exec(field)?.[1];
      if (table !== undefined) {
        value[name] = this.#table(this.#word(at), table, this.#word(at + 4));
        at += 8;
        continue;
      }
      if (field.endsWith("[16]")) {
        value[name] = this.text(at);
        at += 16;
        continue;
      }
      const word = this.#word(at);
      at += 4;
      if (name.endsWith("_count")) count = word;
      else if (pointer === "char") value[name] = this.text(word - ADDRESS);
      else if (pointer === undefined || pointer === "uint8_t") value[name] = word;
      else value[name] = this.#table(count, pointer, word);
    }
    return [value, at];
  }
}

const birth: ComponentBirth = {
  ...birthOf("timer_service", { control: 0x20000, timer: 0x23000 }, 40, {}),
  semaphores: { ready: 20 },
  semaphoreValues: { ready: 3 },
  mutexes: { lock: 19 },
  clients: {
    logger: {
      ...{ endpoint: 21, sharedPage: 0x30000 },
      callers: {
        timer: { endpoint: 21, sharedPage: 0x30000 },
        control: { endpoint: 37, sharedPage: 0x35000 },
      },
    },
    security: { endpoint: 38, sharedPage: 0x36000, pageMutex: 39 },
    timer: { endpoint: 22, notification: 23, notificationBadge: 5 },
  },
  servers: {
    timer: {
      endpoint: 24,
      reply: 25,
      sharedPages: {},
      notifications: { "1": 26, "2": 27 },
      clients: {},
    },
    pages: {
      endpoint: 28,
      reply: 29,
      sharedPages: { "1": 0x31000, "3": 0x32000, "10": 0x33000 },
      clients: { "10": { name: "first", badge: 1 } },
      notifications: { "2": 30 },
    },
  },
  dataports: {
    csr: { address: 0x40000, size: 4096, frames: [31, 32] },
    levels: { address: 0x44000, size: 100, isReadOnly: true, frames: [] },
  },
  interrupts: {
    alarm: {
      notification: 33,
      sources: [
        { name: "first", irq: 5, mask: 1, handler: 34 },
        { name: "second", irq: 6, mask: 2, handler: 35 },
      ],
    },
  },
  copyRegions: { WINDOW: { address: 0x50000, size: 4096 } },
  bootInfo: 0x60000,
  schedControl: 36,
};

describe("birth data of a component in C", () => {
  it("has the layout of the C header", () => {
    const bytes = writeBirth(birth, ADDRESS);
    const [value, end] = new HeaderReader(bytes).structure("cantrip_birth", 0);
    expect(end).toBe(140);
    expect(value).toEqual({
      version: BIRTH_VERSION,
      profile: "cantrip",
      name: "timer_service",
      self_cnode: 2,
      self_vspace_root: 3,
      first_slot: 40,
      last_slot: 140,
      recv_cnode: 4,
      recv_cnode_depth: 8,
      pre_init: 5,
      interface_init: 6,
      post_init: 7,
      boot_info: 0x60000,
      asid_pool: 0,
      sched_control: 36,
      domain_control: 0,
      threads: [
        { name: "control", tcb: 3, ipc_buffer: 0x20000 },
        { name: "timer", tcb: 4, ipc_buffer: 0x23000 },
      ],
      semaphores: [{ name: "ready", endpoint: 20, value: 3 }],
      mutexes: [{ name: "lock", notification: 19 }],
      clients: [
        {
          ...{ name: "logger", tcb: 4, endpoint: 21, shared_page: 0x30000 },
          ...{ page_mutex: 0, notification: 0, notification_badge: 0 },
        },
        {
          ...{ name: "logger", tcb: 3, endpoint: 37, shared_page: 0x35000 },
          ...{ page_mutex: 0, notification: 0, notification_badge: 0 },
        },
        {
          ...{ name: "security", tcb: 0, endpoint: 38, shared_page: 0x36000 },
          ...{ page_mutex: 39, notification: 0, notification_badge: 0 },
        },
        {
          ...{ name: "timer", tcb: 0, endpoint: 22, shared_page: 0 },
          ...{ page_mutex: 0, notification: 23, notification_badge: 5 },
        },
      ],
      servers: [
        {
          name: "timer",
          endpoint: 24,
          reply: 25,
          peers: [
            { badge: 1, client: 1, shared_page: 0, notification: 26 },
            { badge: 2, client: 2, shared_page: 0, notification: 27 },
          ],
        },
        {
          name: "pages",
          endpoint: 28,
          reply: 29,
          peers: [
            { badge: 1, client: 1, shared_page: 0x31000, notification: 0 },
            { badge: 2, client: 2, shared_page: 0, notification: 30 },
            { badge: 3, client: 3, shared_page: 0x32000, notification: 0 },
            { badge: 10, client: 1, shared_page: 0x33000, notification: 0 },
          ],
        },
      ],
      dataports: [
        { name: "csr", address: 0x40000, size: 4096, is_writable: 1, frames: [31, 32] },
        { name: "levels", address: 0x44000, size: 100, is_writable: 0, frames: [] },
      ],
      interrupts: [
        {
          name: "alarm",
          notification: 33,
          sources: [
            { name: "first", irq: 5, mask: 1, handler: 34 },
            { name: "second", irq: 6, mask: 2, handler: 35 },
          ],
        },
      ],
      copy_regions: [{ name: "WINDOW", address: 0x50000, size: 4096 }],
    });
  });

  it("says what it was built for", () => {
    const bytes = writeBirth(birth, ADDRESS);
    expect(readBirthArea(bytes)).toEqual({ version: BIRTH_VERSION, profile: "cantrip" });
    expect(readBirthArea(bytes.subarray(0, 131))).toBeUndefined();
    expect(header).toContain(`#define CANTRIP_BIRTH_VERSION ${BIRTH_VERSION}\n`);
    expect(header).toContain(`extern const struct cantrip_birth ${BIRTH_SYMBOL};`);
  });
});
