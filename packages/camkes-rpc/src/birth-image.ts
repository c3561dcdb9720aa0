import { encodeUtf8 } from "@cantrip/postcard";
import type { CallerBirth, ComponentBirth } from "./birth.ts";

/** Symbol of the area that a machine-code image reserves for its birth data: `cantrip_birth` of `c/include/cantrip/birth.h`. */
export const BIRTH_SYMBOL = "cantrip_birth";
/** Version of the layout: `CANTRIP_BIRTH_VERSION`. */
export const BIRTH_VERSION = 2;

const WORD_BYTES = 4;
const PROFILE_OFFSET = 4;
const PROFILE_BYTES = 16;
/** `offsetof(struct cantrip_birth, name)` */
const NAME_OFFSET = PROFILE_OFFSET + PROFILE_BYTES;
/** `sizeof(struct cantrip_birth)` */
const HEADER_BYTES = 140;

/** What an image says of itself in its birth area before that is filled. */
export interface BirthArea {
  readonly version: number;
  /** Name of the kernel profile that the image was built for. */
  readonly profile: string;
}

/** Reads what an image says of itself; `undefined` when the area is too small. */
export function readBirthArea(area: Uint8Array): BirthArea | undefined {
  if (area.length < HEADER_BYTES) return undefined;
  const version = new DataView(area.buffer, area.byteOffset, area.byteLength).getUint32(0, true);
  const characters = area.subarray(PROFILE_OFFSET, NAME_OFFSET);
  const end = characters.indexOf(0);
  const profile = String.fromCharCode(...characters.subarray(0, end < 0 ? PROFILE_BYTES : end));
  return { version, profile };
}

/**
 * The birth data of a machine-code image: `struct cantrip_birth`, the tables that it points to and their names;
 * little-endian words of 32 bits.
 *
 * @param address - virtual address of the area, a multiple of 4
 */
export function writeBirth(birth: ComponentBirth, address: number): Uint8Array {
  return new BirthWriter(birth, address).bytes();
}

/** A word, or a string that a word points to. */
type Field = number | string;

class BirthWriter {
  readonly #birth: ComponentBirth;
  readonly #address: number;
  /** Tables behind the header. */
  readonly #words: Field[] = [];

  constructor(birth: ComponentBirth, address: number) {
    this.#birth = birth;
    this.#address = address;
  }

  bytes(): Uint8Array {
    const header = this.#header();
    const fields = [...header, ...this.#words];
    const start = NAME_OFFSET + fields.length * WORD_BYTES;
    const names = new Map<string, number>();
    let end = start;
    for (const field of fields) {
      if (typeof field === "number" || names.has(field)) continue;
      names.set(field, end);
      end += encodeUtf8(field).length + 1;
    }
    const bytes = new Uint8Array(Math.ceil(end / WORD_BYTES) * WORD_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, BIRTH_VERSION, true);
    bytes.set(encodeUtf8(this.#birth.profile).subarray(0, PROFILE_BYTES), PROFILE_OFFSET);
    fields.forEach((field, index) => {
      const word = typeof field === "number" ? field : this.#address + (names.get(field) ?? 0);
      view.setUint32(NAME_OFFSET + index * WORD_BYTES, word, true);
    });
    for (const [name, at] of names) bytes.set(encodeUtf8(name), at);
    return bytes;
  }

  /** Fields from `name` to the end of the structure. */
  #header(): Field[] {
    const birth = this.#birth;
    return [
      birth.name,
      birth.selfCNode,
      birth.selfVSpaceRoot,
      birth.firstSlot,
      birth.lastSlot,
      birth.recvCNode,
      birth.recvCNodeDepth,
      birth.preInit,
      birth.interfaceInit,
      birth.postInit,
      birth.bootInfo ?? 0,
      birth.asidPool ?? 0,
      birth.schedControl ?? 0,
      birth.domainControl ?? 0,
      ...this.#named(birth.threads, ({ tcb, ipcBuffer }) => [tcb, ipcBuffer]),
      ...this.#named(birth.semaphores, (endpoint, name) => [
        endpoint,
        birth.semaphoreValues[name] ?? 0,
      ]),
      ...this.#named(birth.mutexes, (notification) => [notification]),
      ...this.#clients(),
      ...this.#named(birth.servers, (server) => [
        server.endpoint,
        server.reply,
        ...this.#peers(server),
      ]),
      ...this.#named(birth.dataports, ({ address, size, isReadOnly = false, frames }) => [
        address,
        size,
        isReadOnly ? 0 : 1,
        ...this.#table(frames.map((frame) => [frame])),
      ]),
      ...this.#named(birth.interrupts, ({ notification, sources }) => [
        notification,
        ...this.#table(sources.map(({ name, irq, mask, handler }) => [name, irq, mask, handler])),
      ]),
      ...this.#named(birth.copyRegions, ({ address, size }) => [address, size]),
    ];
  }

  /** Ends by which the threads call: an entry for each thread that has its own, or one for all, whose TCB is 0. */
  #clients(): Field[] {
    const { clients, threads } = this.#birth;
    const rows = Object.entries(clients).flatMap(([name, client]) => {
      const { pageMutex = 0, notification = 0, notificationBadge = 0 } = client;
      const row = (tcb: number, { endpoint, sharedPage = 0 }: CallerBirth): Field[] => [
        ...[name, tcb, endpoint, sharedPage, pageMutex, notification, notificationBadge],
      ];
      if (client.callers === undefined) return [row(0, client)];
      return Object.entries(client.callers).map(([thread, caller]) =>
        row(threads[thread]?.tcb ?? 0, caller),
      );
    });
    return this.#table(rows);
  }

  /** Threads of clients that a server knows by a page or a notification, by ascending badge. */
  #peers({ sharedPages, notifications, clients }: ComponentBirth["servers"][string]): Field[] {
    const badges = new Set([...Object.keys(sharedPages), ...Object.keys(notifications)]);
    const rows = [...badges]
      .sort((a, b) => Number(a) - Number(b))
      .map((badge) => [
        Number(badge),
        clients[badge]?.badge ?? Number(badge),
        sharedPages[badge] ?? 0,
        notifications[badge] ?? 0,
      ]);
    return this.#table(rows);
  }

  /** A table whose entries begin with their names: its count and its address. */
  #named<T>(
    entries: Readonly<Record<string, T>>,
    fieldsOf: (entry: T, name: string) => readonly Field[],
  ): Field[] {
    return this.#table(
      Object.entries(entries).map(([name, entry]) => [name, ...fieldsOf(entry, name)]),
    );
  }

  #table(rows: readonly (readonly Field[])[]): Field[] {
    const address = this.#address + HEADER_BYTES + this.#words.length * WORD_BYTES;
    this.#words.push(...rows.flat());
    return [rows.length, rows.length === 0 ? 0 : address];
  }
}
