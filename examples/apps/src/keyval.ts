import { type Sdk, SdkError } from "@cantrip/sdk";
import type { Task } from "@cantrip/hosted";

const KEY = "foo";
const VALUE = Uint8Array.from("123", (character) => character.charCodeAt(0));

/** Writes a key, reads it back and deletes it. */
export function* keyval(sdk: Sdk): Task<number> {
  try {
    yield* sdk.readKey(KEY);
    yield* sdk.log(`read(${KEY}) did not fail`);
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    yield* sdk.log(`read(${KEY}) failed as expected`);
  }
  yield* sdk.writeKey(KEY, VALUE);
  yield* sdk.log("write ok");
  const value = yield* sdk.readKey(KEY);
  yield* sdk.log(`read returned [${value.join(", ")}]`);
  yield* sdk.deleteKey(KEY);
  yield* sdk.log("delete ok");
  yield* sdk.deleteKey(KEY);
  yield* sdk.log("delete ok (for missing key)");
  return 0;
}
