import { sdkManagerInterface } from "@cantrip/interfaces/sdk-manager";
import { codec } from "@cantrip/postcard";
import { describe, expect, it } from "vitest";

describe("events of applications", () => {
  it("fit into a reply, two at a time, with the longest name and the longest fault", () => {
    const end = { type: "Faulted" as const, value: { label: 2, words: Array<number>(13).fill(1) } };
    const event = { appId: "x".repeat(64), end };
    const reply = codec(sdkManagerInterface.requests.Events.reply, { format: "0.7" });
    const bytes = reply.encode({ events: [event, event], hasMore: true });
    const room = 480 - sdkManagerInterface.requestSize;
    expect(bytes.length).toBeLessThanOrEqual(room);
    expect(reply.encode({ events: [event, event, event], hasMore: true }).length).toBeGreaterThan(
      room,
    );
  });
});
