import { LogRing } from "@cantrip/debug-console";
import { describe, expect, it } from "vitest";

function lineOf(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\n`);
}

/** Takes everything out, so many bytes at a time. */
function drained(ring: LogRing, step = 1000): string {
  let text = "";
  for (let next = ring.peek(); next !== undefined; next = ring.peek()) {
    const taken = Math.min(step, next.length);
    text += new TextDecoder().decode(next.subarray(0, taken));
    ring.consume(taken);
  }
  return text;
}

describe("LogRing", () => {
  it("gives lines back in their order, in pieces of any length", () => {
    const ring = new LogRing(100);
    expect(ring.isEmpty).toBe(true);
    for (const text of ["one", "two", "three"]) ring.push(lineOf(text));
    expect(ring.isEmpty).toBe(false);
    expect(drained(ring, 2)).toBe("one\ntwo\nthree\n");
    expect(ring.isEmpty).toBe(true);
    // Room that was used is there again.
    for (let round = 0; round < 50; round++) {
      ring.push(lineOf(`round ${round}`));
      expect(drained(ring)).toBe(`round ${round}\n`);
    }
  });

  it("23: drops what comes when it is full, and says how many where they would have been", () => {
    const ring = new LogRing(100);
    for (let line = 0; line < 20; line++) ring.push(lineOf(`line number ${line}`));
    // Seven lines of 14 bytes are 98.
    const kept = Array.from({ length: 7 }, (_, line) => `line number ${line}\n`).join("");
    const whole = `${kept}cantrip_debug_console::13 log records lost\n`;
    expect(drained(ring)).toBe(whole);
    expect(drained(ring)).toBe("");
    for (let line = 0; line < 8; line++) ring.push(lineOf(`line number ${line}`));
    // There is room for a line, and none for it and what must come before it.
    for (let line = 0; line < 2; line++) ring.consume(14);
    ring.push(lineOf("nine"));
    for (let line = 0; line < 2; line++) ring.consume(14);
    ring.push(lineOf("ten"));
    const rest = kept.split("\n").slice(4, 7).join("\n");
    expect(drained(ring)).toBe(`${rest}\ncantrip_debug_console::2 log records lost\nten\n`);
  });

  it("says when a line that is in it now will be gone", () => {
    const ring = new LogRing(20);
    for (const text of ["123456789", "123456789", "lost"]) ring.push(lineOf(text));
    const { end } = ring;
    expect(end - ring.shifted).toBe(3);
    for (let step = 0; step < 2; step++) ring.consume(ring.peek()?.length ?? 0);
    ring.push(lineOf("later"));
    expect(end - ring.shifted).toBe(1);
    ring.consume(ring.peek()?.length ?? 0);
    expect(end - ring.shifted).toBe(0);
  });
});
