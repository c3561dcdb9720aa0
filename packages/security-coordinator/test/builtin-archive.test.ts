import { type ByteSource, writeCpio } from "@cantrip/cpio";
import {
  indexArchive,
  KeyStore,
  MAX_KEYS,
  VALUE_BYTES,
  withoutEnding,
} from "@cantrip/security-coordinator";
import { describe, expect, it } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";

const archive = writeCpio([
  { name: "a.app", data: new Uint8Array([1, 2, 3]) },
  { name: "b.repl", data: new Uint8Array([4]) },
]);
const sourceOf = (bytes: Uint8Array): ByteSource => ({
  length: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

describe("indexArchive", () => {
  it("lists names and places", () => {
    const { files, problem } = indexArchive(sourceOf(archive));
    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ["a.app", 3],
      ["b.repl", 1],
    ]);
    const offset = files[0]?.offset ?? 0;
    expect([...archive.subarray(offset, offset + 3)]).toEqual([1, 2, 3]);
    expect(problem).toBeUndefined();
  });

  it("takes blank memory as no archive", () => {
    expect(indexArchive(sourceOf(new Uint8Array(64)))).toEqual({ files: [], problem: undefined });
  });

  it("keeps what comes before a break", () => {
    const broken = archive.slice();
    broken[new TextDecoder("latin1").decode(broken).indexOf("070701", 6)] = 0x58;
    const { files, problem } = indexArchive(sourceOf(broken));
    expect(files.map(({ name }) => name)).toEqual(["a.app"]);
    expect(problem).toBeDefined();
  });
});

describe("withoutEnding", () => {
  it("takes the endings of bundles off, and no others", () => {
    const names = ["a.app", "b.kelvin", "c.model", "d.repl", "e"].map(withoutEnding);
    expect(names).toEqual(["a", "b", "c", "d.repl", "e"]);
  });
});

/** A mutant: as many keys as anybody writes. */
class UnlimitedKeys extends KeyStore {
  override write(): "stored" {
    return "stored";
  }
}

describe("KeyStore", () => {
  it("takes hello and hello.app as one bundle", () => {
    const keys = new KeyStore();
    keys.write("hello", "k", new Uint8Array([7]));
    expect(keys.read("hello.app", "k")?.[0]).toBe(7);
    keys.forget("hello.app");
    expect(keys.read("hello", "k")).toBeUndefined();
  });

  it("pads values to 100 bytes and refuses longer ones", () => {
    const keys = new KeyStore();
    expect(keys.write("hello", "k", new Uint8Array([7]))).toBe("stored");
    const value = keys.read("hello", "k");
    expect([value?.length, value?.[0], value?.[1]]).toEqual([100, 7, 0]);
    expect(keys.write("hello", "k", new Uint8Array(101))).toBe("value-too-long");
    keys.delete("hello", "k");
    keys.delete("hello", "k");
    expect(keys.read("hello", "k")).toBeUndefined();
  });

  const subjects = { ours: KeyStore, mutant: UnlimitedKeys };
  defect(
    "26: a bundle does not store more keys than it may",
    subjects,
    (Store) => {
      const keys = new Store();
      keys.limit("a", { keys: 2, bytes: undefined });
      const written = ["k", "l", "m"].map((key) => keys.write("a", key, new Uint8Array(1)));
      expect(written).toEqual(["stored", "stored", "too-many-keys"]);
      keys.limit("b", { keys: 0, bytes: undefined });
      expect(keys.write("b", "k", new Uint8Array(1))).toBe("too-many-keys");
      expect(keys.has("b")).toBe(false);
    },
    /expected .* to deeply equal/,
  );

  it("26: keeps to a bundle's own limits: how many keys, and bytes of names and values", () => {
    const keys = new KeyStore();
    const write = (key: string): string => keys.write("a.app", key, new Uint8Array(1));
    keys.limit("a", { keys: 3, bytes: 2 * VALUE_BYTES + 4 });
    expect([write("k"), write("été"), write("l")]).toEqual([
      "stored",
      // Five bytes, and one of the other.
      "too-many-bytes",
      "stored",
    ]);
    expect(write("k")).toBe("stored");
    keys.limit("a", { keys: 2, bytes: undefined });
    expect(write("m")).toBe("too-many-keys");
    keys.limit("a", { keys: MAX_KEYS + 2, bytes: undefined });
    for (let index = 2; index < MAX_KEYS + 2; index++) expect(write(`n${index}`)).toBe("stored");
    expect(write("m")).toBe("too-many-keys");
    keys.forget("a");
    for (let index = 0; index < MAX_KEYS; index++) expect(write(`n${index}`)).toBe("stored");
    expect(write("m")).toBe("too-many-keys");
  });

  it("limits the keys of a bundle and forgets bundles", () => {
    const keys = new KeyStore();
    for (let index = 0; index < MAX_KEYS; index++) keys.write("a", `k${index}`, new Uint8Array(1));
    expect(keys.write("a", "more", new Uint8Array(1))).toBe("too-many-keys");
    expect(keys.write("b", "more", new Uint8Array(1))).toBe("stored");
    expect([keys.size, keys.bundles]).toEqual([MAX_KEYS + 1, 2]);
    keys.forget("a");
    expect(keys.read("a", "k0")).toBeUndefined();
    expect([keys.size, keys.bundles, keys.has("a"), keys.has("b.app")]).toEqual([
      ...[1, 1, false, true],
    ]);
  });

  it("keeps nothing of a bundle whose keys were all deleted", () => {
    const keys = new KeyStore();
    for (let index = 0; index < 100; index++) {
      keys.write(`bundle ${index}`, "k", new Uint8Array(1));
      keys.delete(`bundle ${index}`, "other");
      keys.delete(`bundle ${index}`, "k");
    }
    expect([keys.size, keys.bundles]).toEqual([0, 0]);
  });
});
