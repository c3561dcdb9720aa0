import { KeyStore, MAX_KEYS } from "@cantrip/security-coordinator";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import { OriginalKeyStore } from "./original-key-store.ts";

type Keys = Pick<OriginalKeyStore, "write" | "size">;
const stores = {
  ours: (): Keys => new KeyStore(),
  mutant: (): Keys => new OriginalKeyStore(),
};

describe("defects of CantripOS's security coordinator", () => {
  defect(
    "26: a value of more than 100 bytes is refused, and does not stop the coordinator",
    stores,
    (make) => {
      const keys = make();
      expect(keys.write("hello", "k", new Uint8Array(100))).toBe("stored");
      expect(keys.write("hello", "k", new Uint8Array(101))).toBe("value-too-long");
      expect(keys.size).toBe(1);
    },
    /range end index 101/,
  );

  defect(
    "26: a bundle has so many keys, and no more",
    stores,
    (make) => {
      const keys = make();
      for (let key = 0; key < 1000; key++) keys.write("hello", `k${key}`, new Uint8Array(1));
      expect(keys.size).toBe(MAX_KEYS);
    },
    /expected 1000 to be 64/,
  );
});
