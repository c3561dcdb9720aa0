import { writeCpio } from "@cantrip/cpio";
import { FileStore, RequestServer } from "@cantrip/hw-security-core";
import {
  failedAnswer,
  findFileAnswer,
  getBuiltinsAnswer,
  isWholePage,
  LENT_PAGE_BYTES,
  MailboxHandshake,
  SecurityCoreError,
  type SecurityCoreRequest,
  securityCoreRequest,
} from "@cantrip/interfaces/security-core";
import { codec } from "@cantrip/postcard";
import { describe, expect, it } from "vitest";

const format = { format: "0.7" } as const;
const requests = codec(securityCoreRequest, format);
const big = Uint8Array.from({ length: LENT_PAGE_BYTES + 5 }, (_, index) => index % 251);
const flash = writeCpio([
  { name: "big.app", data: big },
  { name: "empty.app", data: new Uint8Array(0) },
]);

function serverOf(files: ConstructorParameters<typeof FileStore>[0]): RequestServer {
  return new RequestServer(new FileStore(files));
}
const server = serverOf({ flash, files: new Map([["image", Uint8Array.of(1, 2, 3)]]) });

function ask(request: SecurityCoreRequest, from = server): Uint8Array {
  return from.answer(requests.encode(request));
}
function errorOf(answer: Uint8Array): number | undefined {
  const decoded = codec(failedAnswer, format).decode(answer);
  return decoded.type === "Err" ? decoded.value : undefined;
}
function find(name: string): { readonly fid: number; readonly sizeBytes: number } {
  const answer = codec(findFileAnswer, format).decode(ask({ type: "FindFile", value: name }));
  if (answer.type === "Err") throw new Error(`error ${answer.value}`);
  return answer.value;
}

describe("requests to the security core", () => {
  it("find files of the archive and others by their exact names", () => {
    expect(find("big.app").sizeBytes).toBe(big.length);
    expect(find("image").sizeBytes).toBe(3);
    expect(errorOf(ask({ type: "FindFile", value: "big" }))).toBe(SecurityCoreError.FileNotFound);
  });

  it("get pages of a file, with zeros behind its end", () => {
    const { fid } = find("big.app");
    const first = ask({ type: "GetFilePage", fid, offset: 0 });
    expect(isWholePage(first.length)).toBe(true);
    expect([...first]).toEqual([...big.subarray(0, LENT_PAGE_BYTES)]);
    const last = ask({ type: "GetFilePage", fid, offset: LENT_PAGE_BYTES });
    expect([...last.subarray(0, 8)]).toEqual([...big.subarray(LENT_PAGE_BYTES), 0, 0, 0]);
    const middle = ask({ type: "GetFilePage", fid, offset: 3 });
    expect([...middle]).toEqual([...big.subarray(3, 3 + LENT_PAGE_BYTES)]);
  });

  it("refuse a page behind the end, and a file that is none", () => {
    const { fid } = find("image");
    expect(errorOf(ask({ type: "GetFilePage", fid, offset: 3 }))).toBe(
      SecurityCoreError.FileOffsetInvalid,
    );
    const { fid: empty } = find("empty.app");
    expect(errorOf(ask({ type: "GetFilePage", fid: empty, offset: 0 }))).toBe(
      SecurityCoreError.FileOffsetInvalid,
    );
    for (const none of [0, 99, 0xffffffff]) {
      expect(errorOf(ask({ type: "GetFilePage", fid: none, offset: 0 }))).toBe(
        SecurityCoreError.FileNotFound,
      );
    }
  });

  it("list the built-in packages and nothing else", () => {
    const answer = codec(getBuiltinsAnswer, format).decode(ask({ type: "GetBuiltins" }));
    expect(answer).toEqual({ type: "Ok", value: { names: ["big.app", "empty.app"] } });
  });

  it("refuse a list that does not fit into a page", () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      name: `${"n".repeat(60)}${index}`,
      data: new Uint8Array(0),
    }));
    const answer = ask({ type: "GetBuiltins" }, serverOf({ flash: writeCpio(many) }));
    expect(errorOf(answer)).toBe(SecurityCoreError.SerializeFailed);
  });

  it("count words into the page", () => {
    const page = ask({ type: "Test", value: 3 });
    expect(isWholePage(page.length)).toBe(true);
    expect([...new Uint32Array(page.buffer, 0, 4)]).toEqual([0, 1, 2, 0]);
    expect(errorOf(ask({ type: "Test", value: 1025 }))).toBe(SecurityCoreError.PageInvalid);
  });

  it("answer the handshake only when both words are right", () => {
    const message = new Uint8Array(MailboxHandshake.WORDS * 4).fill(0x55);
    const view = new DataView(message.buffer);
    view.setUint32(0, 0xdeadbeef, true);
    view.setUint32(64, 0xf00dcafe, true);
    const answer = server.answer(message);
    const words = new DataView(answer.buffer);
    expect(answer.length).toBe(68);
    expect(words.getUint32(0, true)).toBe(0x12345678);
    expect(words.getUint32(64, true)).toBe(0x87654321);
    expect(words.getUint32(4, true)).toBe(0x55555555);
    view.setUint32(64, 0xf00dcaff, true);
    expect(errorOf(server.answer(message))).toBe(SecurityCoreError.DeserializeFailed);
    expect(errorOf(server.answer(message.subarray(0, 64)))).toBe(
      SecurityCoreError.DeserializeFailed,
    );
  });

  it("know the files before the damage of an archive", () => {
    const damaged = flash.slice();
    damaged[Buffer.from(damaged).indexOf("070701", 6)] = 0x58;
    const store = new FileStore({ flash: damaged });
    expect(store.builtins).toEqual(["big.app"]);
    expect(new FileStore({ flash: new Uint8Array(64) }).builtins).toEqual([]);
  });
});
