import { buildBootImage } from "@cantrip/assembly";
import { sparrow } from "@cantrip/assembly/cantrip";
import { describe, expect, it } from "vitest";
import { boot } from "./sparrow-session.ts";

describe("built-in packages of the security core", () => {
  const system = sparrow(undefined, { builtins: "security-core" });

  it("are listed and started", () => {
    const session = boot({ system });
    expect(session.command("builtins")).toBe("fibonacci.app\nhello.app\nlogtest.app\nsuicide.app\n");
    expect(session.command("start hello")).toContain('Bundle "hello" started.');
    session.waitFor("I am a C app!\n");
  });
  it("boots from the core", () => {
    const image = buildBootImage(sparrow(), { componentImages: "security-core" });
    const session = boot({ image });
    console.log(session.transcript);
  });
});
