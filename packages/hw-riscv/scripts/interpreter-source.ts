import { BufferWords, TLB_ENTRIES } from "../src/guest-memory.ts";
import { OPERATION_MASK, RD_SHIFT, RS1_SHIFT, RS2_SHIFT } from "../src/isa/decoded.ts";
import type { Instruction, Xlen } from "../src/isa/instruction.ts";
import type { Effect, FloatEffect, SystemAction } from "../src/isa/semantics.ts";
import { isRare, isRareAction, operationsOf } from "../src/isa/table.ts";
import { Lowering32 } from "./lower-32.ts";
import { Lowering64 } from "./lower-64.ts";

/** Leaves of expressions on RV32. */
const NAMES: Readonly<Record<string, string>> = {
  rs1: "a",
  rs2: "b",
  immediate: "immediate",
  pc: "pc",
  memory: "old",
};
/** Views of the buffer; the shifts make the index, which is computed in 32 bits, unsigned. */
const VIEWS: Readonly<Record<number, readonly [name: string, shift: string]>> = {
  1: ["bytes", " >>> 0"],
  2: ["halves", " >>> 1"],
  4: ["words", " >>> 2"],
};
/** What the functions of `system-instruction.ts` are given. */
const SYSTEM_ARGUMENTS: Readonly<Record<SystemAction, string>> = {
  ecall: "hart",
  ebreak: "hart",
  sret: "hart",
  mret: "hart",
  wfi: "hart, nextPc",
  sfenceVma: "hart, nextPc, immediate",
  hosted: "hart, immediate, page!.offset",
};
/** Offsets in the machine's buffer, as numbers. */
const CONSTANTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    HIGH: BufferWords.high,
    FLOAT: BufferWords.float,
    FLOAT_HIGH: BufferWords.floatHigh,
    TLB_MASK: TLB_ENTRIES - 1,
    READ_TAGS: BufferWords.readTags,
    READ_OFFSETS: BufferWords.readOffsets,
    READ_TAGS_HIGH: BufferWords.readTagsHigh,
    WRITE_TAGS: BufferWords.writeTags,
    WRITE_OFFSETS: BufferWords.writeOffsets,
    WRITE_TAGS_HIGH: BufferWords.writeTagsHigh,
  }).map(([name, value]) => [name, String(value)]),
);
const NEXT = "pc = nextPc;\ncontinue;";

/** Writes the source of the interpreter for one XLEN. */
export class InterpreterSource {
  readonly #xlen: Xlen;
  readonly #is64: boolean;
  readonly #used32 = new Set<string>();

  constructor(xlen: Xlen) {
    this.#xlen = xlen;
    this.#is64 = xlen === 64;
  }

  /** The text of the generated file. */
  source(): string {
    const operations = operationsOf(this.#xlen);
    const hot = operations
      .map((row, index) =>
        isRare(row) ? "" : this.#case(row, index + 1, this.#hot(effectOf(row))),
      )
      .join("");
    const rare = operations
      .map((row, index) => {
        const body = this.#rare(effectOf(row));
        return body === undefined ? "" : this.#case(row, index + 1, body);
      })
      .join("");
    const text = `${this.#imports(hot + rare)}${this.#loop(hot)}${this.#rareFunction(rare)}`;
    // Literal numbers: the engine does not have to prove that a constant of a module never changes.
    return text.replace(
      /\b[A-Z]+(_[A-Z]+)+\b|\b(HIGH|FLOAT)\b/g,
      (name) => CONSTANTS[name] ?? name,
    );
  }

  #case({ name }: Instruction, number: number, body: string): string {
    const needsBlock = /^\s*const /m.test(body);
    return needsBlock
      ? `case ${number}: { // ${name}\n${body}\n}\n`
      : `case ${number}: // ${name}\n${body}\n`;
  }

  // ---- instructions of the first switch: what does not end with \`continue\` is left to the second

  #hot(effect: Effect): string {
    if (effect.kind === "system") {
      const call = `system.${effect.action}(${SYSTEM_ARGUMENTS[effect.action]})`;
      return `${this.#save()}${call};\nbreak rare;`;
    }
    return this.#is64 ? this.#hot64(effect) : this.#hot32(effect);
  }

  #lowering32(): Lowering32 {
    return new Lowering32((value) => {
      const name = NAMES[value.kind === "low" ? value.a.kind : value.kind];
      if (name === undefined) throw new Error(`no name for ${value.kind}`);
      return name;
    }, this.#used32);
  }

  #hot32(effect: Effect): string {
    const lowering = this.#lowering32();
    switch (effect.kind) {
      case "write":
        return `words[rd] = ${withoutParentheses(lowering.lower(effect.value).text)};\n${NEXT}`;
      case "jump":
        return effect.target === "pc"
          ? "words[rd] = nextPc;\npc = (pc + immediate) | 0;\ncontinue;"
          : "words[rd] = nextPc;\npc = (a + immediate) & ~1;\ncontinue;";
      case "branch":
        return `pc = ${lowering.condition(effect.condition)} ? (pc + immediate) | 0 : nextPc;\ncontinue;`;
      case "load":
        return `${this.#lookUp("READ", effect.bytes)}
words[rd] = ${this.#fastLoad(effect.bytes, effect.isSigned, "at")};
${NEXT}\n}\nbreak;`;
      case "store":
        return `${this.#lookUp("WRITE", effect.bytes)}
${this.#fastStore(effect.bytes, "at")}
${NEXT}\n}\nbreak;`;
      default:
        return NEXT;
    }
  }

  /** The beginning of an access: where the TLB has the page, \`at\` is the offset of the data in the buffer. */
  #lookUp(kind: "READ" | "WRITE", bytes: number): string {
    const aligned = bytes === 1 ? "" : ` && (address & ${bytes - 1}) === 0`;
    const address = this.#is64
      ? `const address = (a + immediate) | 0;
const addressHigh = (words[((operation >>> ${RS1_SHIFT}) & 31) + HIGH]! + (immediate >> 31) + (address >>> 0 < a >>> 0 ? 1 : 0)) | 0;`
      : "const address = (a + immediate) | 0;";
    const high = this.#is64 ? ` && words[${kind}_TAGS_HIGH + entry] === addressHigh` : "";
    return `${address}
const entry = ((address >>> 12) ^ dataSlot) & TLB_MASK;
if (words[${kind}_TAGS + entry] === ((address & ~0xfff) | dataKey)${high}${aligned}) {
const at = (address + words[${kind}_OFFSETS + entry]!) | 0;`;
  }

  #fastLoad(bytes: number, isSigned: boolean, at: string): string {
    const [view, shift] = VIEWS[bytes] ?? ["", ""];
    const text = `${view}[${at}${shift}]!`;
    return isSigned && bytes < 4 ? `(${text} << ${32 - 8 * bytes}) >> ${32 - 8 * bytes}` : text;
  }

  #fastStore(bytes: number, at: string): string {
    if (bytes === 8) {
      return `words[${at} >>> 2] = b;
words[(${at} >>> 2) + 1] = words[((operation >>> ${RS2_SHIFT}) & 31) + HIGH]!;`;
    }
    const [view, shift] = VIEWS[bytes] ?? ["", ""];
    return `${view}[${at}${shift}] = b;`;
  }

  #hot64(effect: Effect): string {
    const lowering = new Lowering64(new Set());
    switch (effect.kind) {
      case "write": {
        const { low, high } = lowering.pair(effect.value);
        return `${lowering.statements.join("\n")}
words[rd] = ${low};
words[rd + HIGH] = ${high};
${NEXT}`.trim();
      }
      case "jump": {
        const link =
          "words[rd] = nextPc;\nwords[rd + HIGH] = (pcHigh + ((pc & ~nextPc) >>> 31)) | 0;";
        if (effect.target === "pc") return `${link}\npc = (pc + immediate) | 0;\ncontinue;`;
        return `const target = (a + immediate) | 0;
const targetHigh = (words[((operation >>> ${RS1_SHIFT}) & 31) + HIGH]! + (immediate >> 31) + (target >>> 0 < a >>> 0 ? 1 : 0)) | 0;
${link}
pc = target & ~1;
lastPage = pc & ~0xfff;
if (targetHigh !== pcHigh) {
pcHigh = targetHigh;
pageAddress = NO_PAGE;
}
continue;`;
      }
      case "branch": {
        const condition = lowering.condition(effect.condition);
        return `${lowering.statements.join("\n")}
pc = ${condition} ? (pc + immediate) | 0 : nextPc;\ncontinue;`.trim();
      }
      case "load": {
        const lookUp = this.#lookUp("READ", effect.bytes);
        if (effect.bytes === 8) {
          return `${lookUp}
words[rd] = words[at >>> 2]!;
words[rd + HIGH] = words[(at >>> 2) + 1]!;
${NEXT}\n}\nbreak;`;
        }
        const value = this.#fastLoad(effect.bytes, effect.isSigned, "at");
        return `${lookUp}
const value = ${value};
words[rd] = value;
words[rd + HIGH] = ${effect.isSigned ? "value >> 31" : "0"};
${NEXT}\n}\nbreak;`;
      }
      case "store":
        return `${this.#lookUp("WRITE", effect.bytes)}
${this.#fastStore(effect.bytes, "at")}
${NEXT}\n}\nbreak;`;
      default:
        return NEXT;
    }
  }

  // ---- the second switch

  #rare(effect: Effect): string | undefined {
    const { kind } = effect;
    switch (kind) {
      case "load":
        return `loadSlowly(hart, operation, immediate, ${effect.bytes}, ${effect.isSigned});\nbreak;`;
      case "store":
        return `storeSlowly(hart, operation, immediate, ${effect.bytes});\nbreak;`;
      case "atomic":
        return this.#atomic(effect.bytes, effect);
      case "loadReserved":
      case "storeConditional":
        return `atomics.${kind}(hart, operation, ${effect.bytes});\nbreak;`;
      case "csr":
        return `accessCsr(hart, immediate, "${effect.change}", ${effect.source === "rs1"}, nextPc);\nreturn;`;
      case "system":
        return isRareAction(effect.action)
          ? `system.${effect.action}(${SYSTEM_ARGUMENTS[effect.action]});\nreturn;`
          : undefined;
      case "float":
        return floatOperation(effect);
      case "floatLoad":
        return `float.loadFloat(hart, operation, immediate, ${effect.bytes});\nbreak;`;
      case "floatStore":
        return `float.storeFloat(hart, operation, immediate, ${effect.bytes});\nbreak;`;
      case "floatMove":
        return `float.move${effect.to === "float" ? "ToFloat" : "ToInteger"}(hart, operation, ${effect.bytes});\nbreak;`;
      default:
        return undefined;
    }
  }

  #atomic(bytes: 4 | 8, effect: Extract<Effect, { kind: "atomic" }>): string {
    const load = `const old = atomics.loadForUpdate(hart, operation, ${bytes});
if (hart.trapped) return;`;
    if (!this.#is64) {
      const result = withoutParentheses(this.#lowering32().exact(effect.result));
      return `${load}
const b = words[(operation >>> ${RS2_SHIFT}) & 31]!;
atomics.finishUpdate(hart, operation, old, 0, ${result}, 0, ${bytes});
break;`;
    }
    const lowering = new Lowering64(new Set());
    const b = `const b = words[(operation >>> ${RS2_SHIFT}) & 31]!;`;
    if (bytes === 4) {
      const result = withoutParentheses(lowering.word(effect.result));
      return `${load}
${b}
atomics.finishUpdate(hart, operation, old, old >> 31, ${result}, 0, 4);
break;`;
    }
    const { low, high } = lowering.pair(effect.result);
    return `${load}
const oldHigh = hart.out.high;
${b}
${lowering.statements.join("\n")}
atomics.finishUpdate(hart, operation, old, oldHigh, ${withoutParentheses(low)}, ${withoutParentheses(high)}, 8);
break;`;
  }

  // ---- the frame

  #imports(body: string): string {
    const { words } = { words: body.includes("word.") };
    return `// Generated from src/isa by scripts/generate-interpreters.ts: do not edit.
${body.includes("pair.") ? 'import * as pair from "../arithmetic/pair.ts";\n' : ""}${
      words ? 'import * as word from "../arithmetic/word.ts";\n' : ""
    }import * as atomics from "../atomics.ts";
import { decodeAt } from "../decode-at.ts";
${body.includes(" float.") ? 'import * as float from "../float-registers.ts";\n' : ""}import type { DecodedPage } from "../guest-memory.ts";
import type { Hart } from "../hart.ts";
import { loadSlowly, storeSlowly } from "../slow-access.ts";
import * as system from "../system-instruction.ts";
import { accessCsr, executeExternal } from "../system-instruction.ts";

/** No page has this address: forces a fetch through the TLB. */
const NO_PAGE = 1;
const NO_OPERATIONS = new Int32Array(1);
`;
  }

  #loop(cases: string): string {
    const only64 = (text: string): string => (this.#is64 ? text : "");
    const reload = `pc = hart.pc;
left = hart.left;
dataKey = mmu.dataKey;
dataSlot = mmu.dataSlot;
// The page at hand stays good in the same address space, until something forgets translations or code.
if (fetchKey !== mmu.fetchKey || fetchEpoch !== memory.fetchEpoch${only64(" || pcHigh !== hart.pcHigh")}) {
fetchKey = mmu.fetchKey;
fetchEpoch = memory.fetchEpoch;
pageAddress = NO_PAGE;
}
${only64("pcHigh = hart.pcHigh;\nlastPage = pc & ~0xfff;\n")}`;
    const save = this.#save();
    return `
/**
 * Runs instructions until the hart's slice is used up.
 *
 * The hart's pc and countdown live in locals; they are written back before anything that may look at them, and read
 * again after anything that may change them. Literal case numbers make the engine compile the switch to a jump table.
 */
export function interpretRv${this.#xlen}(hart: Hart): void {
const { memory, mmu${only64(", out")} } = hart;
const { bytes, halves, words } = memory;
let pc = hart.pc;
${only64("let pcHigh = hart.pcHigh;\nlet lastPage = pc & ~0xfff;\n")}let left = hart.left;
let dataKey = mmu.dataKey;
let dataSlot = mmu.dataSlot;
let pageAddress = NO_PAGE;
let fetchKey = mmu.fetchKey;
let fetchEpoch = memory.fetchEpoch;
let operations: Int32Array = NO_OPERATIONS;
let immediates: Int32Array = NO_OPERATIONS;
let page: DecodedPage | null = null;
while (left > 0) {
if ((pc & ~0xfff) !== pageAddress) {
${only64("pcHigh = (pcHigh + crossed(lastPage, pc)) | 0;\nlastPage = pc & ~0xfff;\n")}page = mmu.fetchPage(pc${only64(", pcHigh")});
if (page === null) {
${save}hart.left--;
hart.trapOnFault();
hart.trapped = false;
${reload}pageAddress = NO_PAGE;
continue;
}
pageAddress = pc & ~0xfff;
operations = page.operations;
immediates = page.immediates;
}
const slot = (pc & 0xfff) >>> 1;
let operation = operations[slot]!;
let immediate = immediates[slot]!;
if (operation === 0) {
${save}if (!decodeAt(hart, page!, pc)) {
hart.left--;
hart.trapOnFault();
hart.trapped = false;
${reload}continue;
}
operation = hart.decoded.operation;
immediate = hart.decoded.immediate;
}
left--;
const rd = (operation >>> ${RD_SHIFT}) & 63;
const a = words[(operation >>> ${RS1_SHIFT}) & 31]!;
const b = words[(operation >>> ${RS2_SHIFT}) & 31]!;
const nextPc = (pc + 4 - ((operation >>> 24) & 2)) | 0;
rare: {
switch (operation & ${OPERATION_MASK}) {
${cases}}
${save}executeRare(hart, operation, immediate, nextPc);
}
hart.trapped = false;
${reload}}
hart.pc = pc;
${only64("hart.pcHigh = (pcHigh + crossed(lastPage, pc)) | 0;\n")}hart.left = left;
}
${only64(`
/** What a jump of less than 2 GiB from one page to another adds to the upper half of an address. */
function crossed(from: number, to: number): number {
const sum = (from >>> 0) + (((to & ~0xfff) - from) | 0);
return sum < 0 ? -1 : sum >= 0x1_0000_0000 ? 1 : 0;
}
`)}`;
  }

  /** Puts the loop's locals back into the hart. */
  #save(): string {
    return `hart.pc = pc;\n${this.#is64 ? "hart.pcHigh = pcHigh;\n" : ""}hart.left = left;\n`;
  }

  #rareFunction(cases: string): string {
    return `
/** Instructions that are seldom, or whose data the TLB does not know. The hart's pc is theirs; where it is not changed, the next one is set. */
function executeRare(
  hart: Hart,
  operation: number,
  immediate: number,
  nextPc: number,
): void {
const { words } = hart.memory;
switch (operation & ${OPERATION_MASK}) {
${cases}default:
executeExternal(hart, operation, immediate, nextPc);
return;
}
if (!hart.trapped) hart.setPc(nextPc);
}
`;
  }
}

/** Reads the operands, calls the floating-point unit, and writes the result. */
function floatOperation({ operation, operands, result, isRounded }: FloatEffect): string {
  const places = [
    `(operation >>> ${RS1_SHIFT}) & 31`,
    `(operation >>> ${RS2_SHIFT}) & 31`,
    "immediate >>> 27",
  ];
  const values = operands.map((type, index) => {
    const place = places[index] ?? "";
    switch (type) {
      case "F32":
        return `float.single(hart, ${place})`;
      case "F64": {
        const high = `words[FLOAT_HIGH + (${place})]!`;
        // The operations on signs do not look at the lower half of the second operand.
        if (index === 1 && operation.startsWith("sgnj")) return high;
        return `words[FLOAT + (${place})]!, ${high}`;
      }
      case "I32":
      case "U32":
        return `words[${place}]!`;
      default:
        return `words[${place}]!, words[(${place}) + HIGH]!`;
    }
  });
  const call = `hart.fpu.${operation}(${values.join(", ")})`;
  const rd = `(operation >>> ${RD_SHIFT}) & 63`;
  const start = `if (!float.start(hart, ${isRounded === true ? "(immediate >>> 12) & 7" : "0"})) return;`;
  return `${start}\n${floatResult(result, call, rd)}\nfloat.finish(hart);\nbreak;`;
}

function floatResult(result: FloatEffect["result"], call: string, rd: string): string {
  switch (result) {
    case "F32":
      return `float.setSingle(hart, ${rd}, ${call});`;
    case "F64":
      return `${call};\nfloat.setDouble(hart, ${rd}, hart.fpu.resultLow, hart.fpu.resultHigh);`;
    case "I32":
    case "U32":
      return `const value = ${call};\nhart.setRegister(${rd}, value, value >> 31);`;
    default:
      return `${call};\nhart.setRegister(${rd}, hart.fpu.resultLow, hart.fpu.resultHigh);`;
  }
}

function effectOf({ name, effect }: Instruction): Effect {
  if (effect === undefined) throw new Error(`${name} has no effect`);
  return effect;
}

/** Drops parentheses around the whole of an expression. */
function withoutParentheses(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let index = 0; index < text.length - 1; index++) {
    if (text[index] === "(") depth++;
    if (text[index] === ")") depth--;
    if (depth === 0) return text;
  }
  return text.slice(1, -1);
}
