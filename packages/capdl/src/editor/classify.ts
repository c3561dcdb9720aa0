import { type Lexeme, lexemes } from "./lexer.ts";

/** What tokens stand for, in the order of `TOKEN_KINDS` of the editor's entry. */
export const TOKEN_KINDS = [
  "comment",
  "keyword",
  "type",
  "object",
  "capability",
  "parameter",
  "slot",
  "rights",
  "value",
  "number",
  "string",
  "operator",
] as const;
/** Kind of a token: `value` is a word such as `True` or the unit of a size. */
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** A token by its offsets. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Objects and capabilities: whether they are declared here. */
  readonly isDeclaration: boolean;
}

/** The declaration of an object. */
export interface Declaration {
  readonly name: Token;
  /** Offset behind the type and its parameters. */
  readonly end: number;
  readonly type: string;
}

/** The contents of a container. */
interface ContainerText {
  readonly name: Token;
  readonly end: number;
}

/** A capability in a container: where its target is named, and all of its text. */
export interface CapText {
  readonly container: string;
  readonly slot: string | undefined;
  readonly target: Token;
  readonly end: number;
}

/** A text in parts. */
export interface ClassifiedText {
  readonly tokens: readonly Token[];
  readonly declarations: readonly Declaration[];
  readonly containers: readonly ContainerText[];
  readonly caps: readonly CapText[];
}

const SECTIONS: readonly string[] = ["objects", "caps", "cdt", "domains", "irq"];
const SPECIAL: readonly string[] = [
  ..."io_space_master asid_control irq_control domain sched_control".split(" "),
];

/** Tells what each token of a text stands for. A text with mistakes has tokens all the same. */
export function classify(text: string): ClassifiedText {
  return new Classifier(lexemes(text)).run();
}

class Classifier {
  readonly #lexemes: readonly Lexeme[];
  readonly #tokens: Token[] = [];
  readonly #declarations: Declaration[] = [];
  readonly #containers: ContainerText[] = [];
  readonly #caps: CapText[] = [];
  #at = 0;

  constructor(all: readonly Lexeme[]) {
    this.#lexemes = all.filter(({ kind }) => kind !== "comment");
    for (const { kind, start, end, text } of all) {
      if (kind === "comment") this.#tokens.push({ kind, start, end, text, isDeclaration: false });
    }
  }

  run(): ClassifiedText {
    while (this.#peek() !== undefined) this.#section();
    this.#tokens.sort((a, b) => a.start - b.start);
    return {
      tokens: this.#tokens,
      declarations: this.#declarations,
      containers: this.#containers,
      caps: this.#caps,
    };
  }

  #section(): void {
    const word = this.#peek();
    if (word === "arch") {
      this.#take("keyword");
      if (this.#kind() === "word") this.#take("keyword");
      return;
    }
    if (word === undefined || !SECTIONS.includes(word)) {
      this.#other();
      return;
    }
    this.#take("keyword");
    if (word === "irq" && this.#peek() === "maps") this.#take("keyword");
    if (this.#peek() !== "{") return;
    this.#take("operator");
    if (word === "domains")
      this.#untilClosed(() => {
        this.#domainItem();
      });
    else if (word === "objects")
      this.#untilClosed(() => {
        this.#objectItem();
      });
    else if (word === "caps")
      this.#untilClosed(() => {
        this.#capItem();
      });
    else
      this.#untilClosed(() => {
        this.#referenceItem(word === "cdt" ? "capability" : "object");
      });
  }

  /** Takes items up to the closing brace, or up to the next section where the brace is missing. */
  #untilClosed(item: () => void): void {
    for (;;) {
      const next = this.#peek();
      if (next === undefined) return;
      if (next === "}") {
        this.#take("operator");
        return;
      }
      if (this.#isSectionNext()) return;
      const before = this.#at;
      item();
      if (this.#at === before) this.#other();
    }
  }

  #isSectionNext(): boolean {
    const word = this.#peek() ?? "";
    if (word === "irq") return this.#peek(1) === "maps";
    return SECTIONS.includes(word) && this.#peek(1) === "{";
  }

  /** `name[4] = type (…) { … }`, or a reference to an object. */
  #objectItem(): void {
    if (this.#kind() !== "word") {
      this.#other();
      return;
    }
    if (!this.#isFollowedBy("=") && !this.#isFollowedBy("/")) {
      this.#name("object", false);
      return;
    }
    // A prefix names an untyped, which it may declare.
    const isPrefix = this.#isFollowedBy("/");
    const name = this.#name("object", !isPrefix);
    if (isPrefix) {
      if (this.#peek() === "/") this.#take("operator");
      return;
    }
    this.#take("operator");
    if (this.#kind() !== "word") return;
    const type = this.#take("type");
    if (this.#peek() === "(") this.#parameters();
    const end = this.#end();
    this.#declarations.push({ name, end, type: type.text });
    if (this.#peek() === "{") {
      this.#take("operator");
      this.#untilClosed(() => {
        this.#objectItem();
      });
    }
  }

  /** `name = (container, slot)`, or `container { … }`. */
  #capItem(): void {
    if (this.#kind() !== "word") {
      this.#other();
      return;
    }
    if (this.#isFollowedBy("=")) {
      this.#name("capability", true);
      this.#take("operator");
      if (this.#peek() === "(") this.#slotReference();
      return;
    }
    const name = this.#name("object", false);
    if (this.#peek() !== "{") return;
    this.#take("operator");
    this.#untilClosed(() => {
      this.#mapping(name.text);
    });
    this.#containers.push({ name, end: this.#end() });
  }

  /** `slot: name = target (…)` */
  #mapping(container: string): void {
    const slot = this.#slot();
    if (this.#kind() === "word" && this.#isFollowedBy("=")) {
      this.#name("capability", true);
      this.#take("operator");
    }
    if (this.#peek() === "<") {
      this.#take("operator");
      if (this.#kind() === "word") this.#name("capability", false);
      if (this.#peek() === ">") this.#take("operator");
      if (this.#peek() === "(") this.#parameters();
    } else if (this.#kind() === "word") {
      const isSpecial = SPECIAL.includes(this.#peek() ?? "");
      const target = isSpecial ? this.#take("keyword") : this.#name("object", false);
      if (this.#peek() === "(") this.#parameters();
      if (!isSpecial) this.#caps.push({ container, slot, target, end: this.#end() });
    } else if (this.#kind() === "sign") this.#other();
    if (this.#peek() === "-") {
      this.#take("operator");
      if (this.#peek() === "child_of") this.#take("keyword");
      if (this.#peek() === "(") this.#slotReference();
      else if (this.#kind() === "word") this.#name("capability", false);
    }
  }

  /** Takes `slot:`, if it is next. */
  #slot(): string | undefined {
    if (this.#peek(1) !== ":") return undefined;
    const kind = this.#kind();
    if (kind !== "number" && kind !== "word") return undefined;
    const slot = this.#take(kind === "number" ? "number" : "slot");
    this.#take("operator");
    return slot.text;
  }

  /** Interrupts are objects, derivations slots and names of capabilities. */
  #referenceItem(kind: "object" | "capability"): void {
    this.#slot();
    if (this.#peek() === "(") this.#slotReference();
    else if (this.#kind() === "word") this.#name(kind, false);
    if (this.#peek() === "{") {
      this.#take("operator");
      this.#untilClosed(() => {
        this.#referenceItem(kind);
      });
    }
  }

  #domainItem(): void {
    if (this.#kind() === "word") this.#take(this.#peek(1) === ":" ? "parameter" : "value");
  }

  /** `(container, slot)` */
  #slotReference(): void {
    this.#take("operator");
    if (this.#kind() === "word") this.#name("object", false);
    while (this.#peek() !== undefined && this.#peek() !== ")" && !this.#isSectionNext()) {
      if (this.#peek() === "}" || this.#peek() === "{") return;
      if (this.#kind() === "word") this.#take("slot");
      else this.#other();
    }
    if (this.#peek() === ")") this.#take("operator");
  }

  /** `(…)` of an object or a capability. */
  #parameters(): void {
    this.#take("operator");
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next === "}" || this.#isSectionNext()) return;
      if (next === ")") {
        this.#take("operator");
        return;
      }
      if (this.#kind() === "word" && this.#peek(1) === ":") {
        const parameter = this.#take("parameter");
        this.#take("operator");
        if (parameter.text === "mapping" && this.#peek() === "(") this.#slotReference();
      } else if (next === "{") this.#fill();
      else if (/^[RWGXP]+$/.test(next)) this.#take("rights");
      else if (this.#kind() === "word") this.#take("value");
      else if (next === "(") this.#parameters();
      else this.#other();
    }
  }

  #fill(): void {
    this.#take("operator");
    while (this.#peek() !== undefined && this.#peek() !== "}") {
      if (this.#kind() === "word") this.#take("value");
      else this.#other();
    }
    if (this.#peek() === "}") this.#take("operator");
  }

  /** Takes a name and its indices. */
  #name(kind: "object" | "capability", isDeclaration: boolean): Token {
    const name = this.#take(kind, isDeclaration);
    if (this.#peek() === "[") {
      while (this.#peek() !== undefined && this.#peek() !== "]") {
        if (this.#kind() === "word" || this.#peek() === "{" || this.#peek() === "}") return name;
        this.#other();
      }
      if (this.#peek() === "]") this.#take("operator");
    }
    return name;
  }

  /** Whether a sign follows the name that is next, and its indices. */
  #isFollowedBy(sign: string): boolean {
    let ahead = 1;
    if (this.#peek(ahead) === "[") {
      while (this.#peek(ahead) !== "]") {
        const kind = this.#kind(ahead);
        if (kind !== "number" && kind !== "sign") return false;
        ahead += 1;
      }
      ahead += 1;
    }
    return this.#peek(ahead) === sign;
  }

  /** Takes what has no place here. */
  #other(): void {
    const kind = this.#kind();
    if (kind === "number" || kind === "string") this.#take(kind);
    else this.#take(kind === "word" ? "value" : "operator");
  }

  #peek(ahead = 0): string | undefined {
    return this.#lexemes[this.#at + ahead]?.text;
  }

  #kind(ahead = 0): Lexeme["kind"] | undefined {
    return this.#lexemes[this.#at + ahead]?.kind;
  }

  /** Offset behind what was taken last. */
  #end(): number {
    return this.#lexemes[this.#at - 1]?.end ?? 0;
  }

  #take(kind: TokenKind, isDeclaration = false): Token {
    const { start = 0, end = 0, text = "" } = this.#lexemes[this.#at] ?? {};
    this.#at += 1;
    const token = { kind, start, end, text, isDeclaration };
    if (end > start) this.#tokens.push(token);
    return token;
  }
}
