import { objectBytes } from "../allocation-order.ts";
import { kindSizes } from "../kind-sizes.ts";
import { wordBitsOf } from "../check/platform.ts";
import { type CapdlObject, type CapdlSpec } from "../model.ts";
import { type CapText, type Declaration, type Token } from "./classify.ts";
import {
  PARAMETER_MEANINGS,
  rightsMeaning,
  SLOT_MEANINGS,
  TYPE_MEANINGS,
  VALUE_MEANINGS,
} from "./meanings.ts";

/** What hover texts are made from. */
export interface HoverContext {
  readonly text: string;
  /** The model, if the text is right. */
  readonly spec: CapdlSpec | undefined;
  readonly objects: ReadonlyMap<string, CapdlObject>;
  declaration(name: string): Declaration | undefined;
  cap(token: Token): CapText | undefined;
}

/** A text in Markdown about a token, if there is anything to say of it. */
export function hoverText(token: Token, context: HoverContext): string | undefined {
  switch (token.kind) {
    case "object": {
      const object = objectText(token.text, context);
      const cap = context.cap(token);
      return cap === undefined || object === undefined
        ? object
        : `${capText(cap, context)}\n\n${object}`;
    }
    case "type":
      return meaning(token.text, TYPE_MEANINGS);
    case "parameter":
      return meaning(token.text, PARAMETER_MEANINGS);
    case "slot":
      return meaning(token.text, SLOT_MEANINGS);
    case "value":
      return meaning(token.text, VALUE_MEANINGS);
    case "rights":
      return `**${token.text}** — ${rightsMeaning(token.text)}`;
    default:
      return undefined;
  }
}

function meaning(word: string, meanings: Readonly<Record<string, string>>): string | undefined {
  const text = Object.hasOwn(meanings, word) ? meanings[word] : undefined;
  return text === undefined ? undefined : `**${word}** — ${text}`;
}

/** An object: what it is, its declaration, its size. */
function objectText(name: string, context: HoverContext): string | undefined {
  const declaration = context.declaration(name);
  if (declaration === undefined) return undefined;
  const what = meaning(declaration.type, TYPE_MEANINGS) ?? `**${declaration.type}**`;
  const code = context.text.slice(declaration.name.start, declaration.end);
  const size = sizeText(name, context);
  return `${what}\n\n\`\`\`capdl\n${code}\n\`\`\`${size === undefined ? "" : `\n\n${size}`}`;
}

function sizeText(name: string, { spec, objects }: HoverContext): string | undefined {
  const object = objects.get(name) ?? objects.get(`${name}[0]`);
  if (spec === undefined || object === undefined) return undefined;
  const isMcs = spec.objects.some(({ kind }) => kind === "sc");
  const bytes = objectBytes(object, kindSizes(spec.arch, isMcs, wordBitsOf(spec)));
  if (bytes === 0) return undefined;
  const of = objects.has(name) ? "" : " each";
  return `${String(bytes).replaceAll(/\B(?=(?:\d{3})+$)/g, ",")} bytes${of}`;
}

/** A capability: the slot it is in and what it is given. */
function capText({ container, slot, target, end }: CapText, { text }: HoverContext): string {
  const given = text
    .slice(target.end, end)
    .replace(/^\[[^\]]*\]/, "")
    .trim();
  const letters = (/\(([^)]*)\)/.exec(given)?.[1] ?? "")
    .split(",")
    .map((each) => each.replaceAll(/\s/g, ""))
    .filter((each) => /^[RWGXP]+$/.test(each))
    .join("");
  const place = slot === undefined ? container : `slot ${slot} of ${container}`;
  const rights = letters === "" ? "" : `: ${rightsMeaning(letters)}`;
  return `Capability in ${place}${rights}${given === "" ? "" : ` \`${given}\``}`;
}
