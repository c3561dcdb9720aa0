import { type CapdlDialect } from "../dialect.ts";
import { type CapdlObject, type CapdlSpec } from "../model.ts";
import { checkText } from "../report/check-text.ts";
import {
  type CapText,
  type ClassifiedText,
  classify,
  type Declaration,
  type Token,
  TOKEN_KINDS,
  type TokenKind,
} from "./classify.ts";
import { hoverText } from "./hover.ts";
import { type EditorPosition, type EditorRange, TextPositions } from "./text-positions.ts";

/** A token and its place. */
export interface EditorToken {
  readonly kind: TokenKind;
  readonly range: EditorRange;
  /** Names: whether they are declared here. */
  readonly isDeclaration: boolean;
}

/** An object or the contents of a container, for an outline. */
export interface EditorSymbol {
  readonly name: string;
  /** `"object"`: a declaration; `"contents"`: what a container holds. */
  readonly kind: "object" | "contents";
  /** The object's type. */
  readonly detail: string;
  readonly range: EditorRange;
  /** The name alone. */
  readonly selectionRange: EditorRange;
}

/** A hover text in Markdown, and what it is about. */
export interface EditorHover {
  readonly contents: string;
  readonly range: EditorRange;
}

/** A mistake, and the token it is at. */
export interface EditorDiagnostic {
  /** `CAPDL0001` … */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly range: EditorRange;
}

/**
 * A text as an editor shows it. Lines and characters are from 0, in UTF-16 code units, as the Language Server Protocol has
 * them. A text with mistakes has tokens, symbols, definitions and hover texts all the same; sizes need a right one.
 */
export class CapdlDocument {
  readonly text: string;
  readonly #dialect: CapdlDialect;
  readonly #positions: TextPositions;
  readonly #parts: ClassifiedText;
  readonly #declarations = new Map<string, Declaration>();
  readonly #caps: ReadonlyMap<Token, CapText>;
  #checked: ReturnType<typeof checkText> | undefined;
  #objects: ReadonlyMap<string, CapdlObject> | undefined;

  constructor(text: string, options: { readonly dialect: CapdlDialect }) {
    this.text = text;
    this.#dialect = options.dialect;
    this.#positions = new TextPositions(text);
    this.#parts = classify(text);
    for (const declaration of this.#parts.declarations) {
      // Untypeds may be declared again; the first declaration counts.
      const { text: name } = declaration.name;
      if (!this.#declarations.has(name)) this.#declarations.set(name, declaration);
    }
    this.#caps = new Map(this.#parts.caps.map((cap) => [cap.target, cap]));
  }

  /** All tokens but white space, in the order of the text. */
  get tokens(): readonly EditorToken[] {
    return this.#parts.tokens.map(({ kind, start, end, isDeclaration }) => ({
      kind,
      range: this.#positions.range(start, end),
      isDeclaration,
    }));
  }

  /**
   * The tokens in the protocol's form: five numbers for each, the line and the character from the previous token, the length,
   * the index in {@link TOKEN_KINDS}, and 1 for a declaration. Comments of several lines have a token on each.
   */
  get semanticTokens(): Uint32Array {
    const numbers: number[] = [];
    let line = 0;
    let character = 0;
    for (const { kind, start, text, isDeclaration } of this.#parts.tokens) {
      let offset = start;
      for (const part of text.split("\n")) {
        const at = this.#positions.position(offset);
        offset += part.length + 1;
        if (part.length === 0) continue;
        numbers.push(at.line - line, at.line === line ? at.character - character : at.character);
        numbers.push(part.length, TOKEN_KINDS.indexOf(kind), isDeclaration ? 1 : 0);
        ({ line, character } = at);
      }
    }
    return Uint32Array.from(numbers);
  }

  /** Declarations of objects and contents of containers, in the order of the text. */
  get symbols(): readonly EditorSymbol[] {
    const { declarations, containers } = this.#parts;
    const symbol = (kind: EditorSymbol["kind"], name: Token, end: number): EditorSymbol => ({
      name: name.text,
      kind,
      detail: this.#declarations.get(name.text)?.type ?? "",
      range: this.#positions.range(name.start, end),
      selectionRange: this.#rangeOf(name),
    });
    return [
      ...declarations.map(({ name, end, type }) => ({
        ...symbol("object", name, end),
        detail: type,
      })),
      ...containers.map(({ name, end }) => symbol("contents", name, end)),
    ];
  }

  /** Mistakes; an editor shows them below what they are at. */
  get diagnostics(): readonly EditorDiagnostic[] {
    return this.#check().findings.map(({ code, severity, message, line, column }) => {
      const start = this.#positions.offset({ line: line - 1, character: column - 1 });
      const token = this.#tokenAt(start);
      const end = token?.start === start ? token.end : Math.min(start + 1, this.text.length);
      return { code, severity, message, range: this.#positions.range(start, end) };
    });
  }

  /** What is told about the token at a place. */
  hover(position: EditorPosition): EditorHover | undefined {
    const token = this.#tokenAt(this.#positions.offset(position));
    if (token === undefined) return undefined;
    const contents = hoverText(token, {
      text: this.text,
      spec: this.#spec(),
      objects: this.#objectsByName(),
      declaration: (name) => this.#declarations.get(name),
      cap: (each) => this.#caps.get(each),
    });
    return contents === undefined ? undefined : { contents, range: this.#rangeOf(token) };
  }

  /** Where the object or capability at a place is declared. */
  definition(position: EditorPosition): EditorRange | undefined {
    const token = this.#tokenAt(this.#positions.offset(position));
    if (token === undefined || !isName(token)) return undefined;
    const declared = this.#parts.tokens.find(
      ({ kind, text, isDeclaration }) =>
        isDeclaration && kind === token.kind && text === token.text,
    );
    return declared === undefined ? undefined : this.#rangeOf(declared);
  }

  /** Where the object or capability at a place is named, its declaration included. */
  references(position: EditorPosition): readonly EditorRange[] {
    const token = this.#tokenAt(this.#positions.offset(position));
    if (token === undefined || !isName(token)) return [];
    return this.#parts.tokens
      .filter(({ kind, text }) => kind === token.kind && text === token.text)
      .map((each) => this.#rangeOf(each));
  }

  #rangeOf({ start, end }: Token): EditorRange {
    return this.#positions.range(start, end);
  }

  /** The token that a place is in, or directly behind. */
  #tokenAt(offset: number): Token | undefined {
    const { tokens } = this.#parts;
    let low = 0;
    let high = tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tokens[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const inside = tokens[low - 1];
    if (inside === undefined || inside.end < offset) return undefined;
    // Between two tokens names come first.
    const before = tokens[low - 2];
    if (inside.start === offset && before?.end === offset && !isName(inside) && isName(before))
      return before;
    return inside;
  }

  #check(): ReturnType<typeof checkText> {
    this.#checked ??= checkText(this.text, { dialect: this.#dialect });
    return this.#checked;
  }

  #spec(): CapdlSpec | undefined {
    return this.#check().spec;
  }

  #objectsByName(): ReadonlyMap<string, CapdlObject> {
    this.#objects ??= new Map(this.#spec()?.objects.map((object) => [object.name, object]));
    return this.#objects;
  }
}

function isName({ kind }: Token): boolean {
  return kind === "object" || kind === "capability";
}
