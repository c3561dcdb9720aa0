import { parseCapdl } from "@cantrip/capdl";
import {
  CapdlDocument,
  type EditorPosition,
  type EditorRange,
  TOKEN_KINDS,
} from "@cantrip/capdl/editor";
import { describe, expect, it } from "vitest";
import { randomText } from "./random-text.ts";
import { mutated } from "./round-trip.ts";

const text = `arch riscv
objects {
  -- a remark
  page = frame (4k, paddr: 0x1000, fill: [{0 16 CDL_FrameFill_FileData "x" 0}])
  ring[3] = ep
  space = cnode (4 bits)
  memory = ut (12 bits) { ring[], hello = notification }
  runner = tcb (addr: 1, ip: 2, sp: 16, prio: 1, max_prio: 1, affinity: 0)
}
caps {
  runner { cspace: space (guard: 0, guard_size: 28) fault_ep_slot: ring[1] (RW G, badge: 7) }
  space { 1: first = page (RW) 2: <first> (masked: R) 3: hello - child_of first }
}
irq maps { }
cdt { (space, 1) { first } }
`;
const document = new CapdlDocument(text, { dialect: "upstream" });

/** Where the `count`th of a word is. */
function place(word: string, count = 1, of = text): EditorPosition {
  let at = -1;
  for (let round = 0; round < count; round++) at = of.indexOf(word, at + 1);
  const before = of.slice(0, at).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

function textAt({ start, end }: EditorRange, of = text): string {
  const lines = of.split("\n");
  if (start.line === end.line)
    return lines[start.line]?.slice(start.character, end.character) ?? "";
  const middle = lines.slice(start.line + 1, end.line);
  return [
    lines[start.line]?.slice(start.character),
    ...middle,
    lines[end.line]?.slice(0, end.character),
  ].join("\n");
}

describe("CapdlDocument", () => {
  it("tells what each token is", () => {
    const kinds = document.tokens.map(({ kind, range }) => `${kind} ${textAt(range)}`);
    for (const each of [
      "keyword arch",
      "keyword riscv",
      "comment -- a remark",
      "object page",
      "type frame",
      "number 4",
      "value k",
      "parameter paddr",
      'string "x"',
      "slot cspace",
      "rights RW",
      "rights G",
      "capability first",
      "keyword child_of",
    ])
      expect(kinds).toContain(each);
    expect(kinds).toHaveLength(
      new Set(document.tokens.map(({ range }) => JSON.stringify(range))).size,
    );
    const declared = document.tokens.filter(({ isDeclaration }) => isDeclaration);
    expect(declared.map(({ range }) => textAt(range))).toEqual([
      ..."page ring space memory hello runner first".split(" "),
    ]);
  });

  it("has the tokens in the protocol's form", () => {
    const numbers = document.semanticTokens;
    expect(numbers).toHaveLength(document.tokens.length * 5);
    let [line, character] = [0, 0];
    document.tokens.forEach(({ kind, range, isDeclaration }, index) => {
      const [lines = 0, characters = 0, length = 0, what = 0, how] = numbers.slice(
        index * 5,
        index * 5 + 5,
      );
      line += lines;
      character = lines === 0 ? character + characters : characters;
      expect({ line, character }).toEqual(range.start);
      expect(character + length).toBe(range.end.character);
      expect(TOKEN_KINDS[what]).toBe(kind);
      expect(how).toBe(isDeclaration ? 1 : 0);
    });
    const remark = new CapdlDocument("/* a\n b */ arch", { dialect: "upstream" });
    expect([...remark.semanticTokens]).toEqual([0, 0, 4, 0, 0, 1, 0, 5, 0, 0, 0, 6, 4, 1, 0]);
  });

  it("lists declarations and the contents of containers", () => {
    const symbols = document.symbols.map(({ kind, name, detail, selectionRange, range }) => {
      expect(textAt(selectionRange)).toBe(name);
      return [kind, name, detail, textAt(range).slice(0, 16)];
    });
    expect(symbols).toEqual([
      ["object", "page", "frame", "page = frame (4k"],
      ["object", "ring", "ep", "ring[3] = ep"],
      ["object", "space", "cnode", "space = cnode (4"],
      ["object", "memory", "ut", "memory = ut (12 "],
      ["object", "hello", "notification", "hello = notifica"],
      ["object", "runner", "tcb", "runner = tcb (ad"],
      ["contents", "runner", "tcb", "runner { cspace:"],
      ["contents", "space", "cnode", "space { 1: first"],
    ]);
  });

  it("finds declarations and references", () => {
    expect(document.definition(place("ring", 3))).toEqual({
      start: place("ring"),
      end: { ...place("ring"), character: place("ring").character + 4 },
    });
    // The second is in "cspace".
    expect(document.references(place("space")).map(({ start }) => start)).toEqual(
      [1, 3, 4, 5].map((count) => place("space", count)),
    );
    expect(document.references(place("first", 2))).toHaveLength(4);
    expect(document.definition(place("first", 4))?.start).toEqual(place("first"));
    expect(document.definition(place("4k"))).toBeUndefined();
    expect(document.definition({ line: 99, character: 99 })).toBeUndefined();
  });

  it("tells about objects, capabilities and parameters", () => {
    const hover = (word: string, count = 1): string =>
      document.hover(place(word, count))?.contents ?? "";
    expect(hover("page")).toContain("page of memory");
    expect(hover("page")).toContain("page = frame (4k, paddr: 0x1000, fill:");
    expect(hover("page")).toContain("4,096 bytes");
    expect(hover("ring")).toContain("16 bytes each");
    const cap = hover("ring", 3);
    expect(cap).toContain("slot fault_ep_slot of runner: read, write, grant `(RW G, badge: 7)`");
    expect(cap).toContain("ring[3] = ep");
    expect(hover("badge")).toBe("**badge** — number that receivers see, to tell senders apart");
    expect(hover("max_prio")).toContain("highest that the thread can give");
    expect(hover("cspace")).toContain("capability space");
    expect(hover("tcb")).toContain("thread");
    expect(document.hover(place("arch"))).toBeUndefined();
  });

  it("tells mistakes with their ranges, and the rest as well", () => {
    const wrong =
      "arch riscv\nobjects { a = ep c = cnode (1 bits)\n}\ncaps { c { 0: nobody 5: a (RW) } }";
    const broken = new CapdlDocument(wrong, { dialect: "upstream" });
    const [first] = broken.diagnostics;
    expect(first?.code).toBe("CAPDL0003");
    expect(first && textAt(first.range, wrong)).toBe("nobody");
    expect(broken.definition(place("a (RW)", 1, wrong))?.start).toEqual(place("a =", 1, wrong));
    expect(broken.hover(place("c = ", 1, wrong))?.contents).toContain("cnode (1 bits)");
  });

  it("takes any text: tokens are in order, apart, and cover what the language has", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { text: right, dialect } = randomText(seed * 0x9e37);
      for (const each of [right, mutated(right, seed), mutated(mutated(right, seed), seed + 1)]) {
        const any = new CapdlDocument(each, { dialect });
        let behind = { line: 0, character: 0 };
        for (const { range } of any.tokens) {
          if (isBefore(range.start, behind)) throw new Error(`tokens overlap in ${each}`);
          behind = range.end;
        }
        const lines = each.split("\n");
        const bare = any.tokens.map(({ range: { start, end } }) =>
          start.line === end.line
            ? (lines[start.line]?.slice(start.character, end.character) ?? "")
            : textAt({ start, end }, each),
        );
        expect(bare.join("").replaceAll(/\s/g, "")).toBe(each.replaceAll(/\s/g, ""));
        any.hover({ line: seed % 20, character: seed % 7 });
      }
      const parsed = parseCapdl(right, { dialect });
      if (!parsed.ok) throw new Error("unexpected");
      // Every object of the model is declared, an array once.
      const declared = new Set(
        new CapdlDocument(right, { dialect }).symbols.flatMap(({ kind, name }) =>
          kind === "object" ? [name] : [],
        ),
      );
      for (const { name } of parsed.spec.objects)
        expect(declared).toContain(name.replace(/\[\d+\]$/, ""));
    }
  });
});

function isBefore(a: EditorPosition, b: EditorPosition): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
