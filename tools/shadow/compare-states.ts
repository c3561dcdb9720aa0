import {
  type Fields,
  type KernelState,
  type ObjectState,
  REGISTER_NAMES,
  type SlotState,
} from "./kernel-state.ts";

/** A place where two states differ, and what each has there. */
export interface Difference {
  /** For example `thread 0x28040000 priority`. */
  readonly where: string;
  readonly model: string;
  readonly kernel: string;
}

/** More would hide what matters. */
const MAX_DIFFERENCES = 40;

/** Everything in which two states differ, up to a number that can be read. */
export function compareStates(model: KernelState, kernel: KernelState): Difference[] {
  const found = new Differences();
  found.fields("", model.globals, kernel.globals);
  found.lists("release queue", model.releaseQueue, kernel.releaseQueue);
  found.lists("threads", model.threads, kernel.threads);
  for (const index of keysOf(model.readyQueues, kernel.readyQueues)) {
    const where = `ready queue ${index}`;
    found.lists(where, model.readyQueues.get(index) ?? [], kernel.readyQueues.get(index) ?? []);
  }
  found.words("ASID table", model.asidTable, kernel.asidTable);
  for (const address of keysOf(model.objects, kernel.objects))
    found.object(address, model.objects.get(address), kernel.objects.get(address));
  return found.all;
}

function keysOf<K>(a: ReadonlyMap<K, unknown>, b: ReadonlyMap<K, unknown>): K[] {
  const keys = [...a.keys()];
  for (const key of b.keys()) if (!a.has(key)) keys.push(key);
  return keys;
}

const NO_WORDS: ReadonlyMap<number, number> = new Map();
const NO_SLOTS: ReadonlyMap<number, SlotState> = new Map();

class Differences {
  readonly all: Difference[] = [];

  #add(where: string, model: string, kernel: string): void {
    if (this.all.length < MAX_DIFFERENCES) this.all.push({ where, model, kernel });
  }

  fields(where: string, model: Fields, kernel: Fields): void {
    for (const name in model) {
      if (model[name] !== kernel[name])
        this.#add(`${where} ${name}`.trim(), hex(model[name]), hex(kernel[name]));
    }
    for (const name in kernel) {
      if (!(name in model)) this.#add(`${where} ${name}`.trim(), hex(undefined), hex(kernel[name]));
    }
  }

  lists(where: string, model: readonly number[], kernel: readonly number[]): void {
    const isSame = model.length === kernel.length && model.every((each, at) => each === kernel[at]);
    if (!isSame) this.#add(where, listText(model), listText(kernel));
  }

  words(
    where: string,
    model: ReadonlyMap<number, number>,
    kernel: ReadonlyMap<number, number>,
  ): void {
    if (model.size === 0 && kernel.size === 0) return;
    for (const [index, word] of model) {
      if (kernel.get(index) !== word)
        this.#add(`${where} word ${index}`, hex(word), hex(kernel.get(index)));
    }
    for (const [index, word] of kernel) {
      if (!model.has(index)) this.#add(`${where} word ${index}`, hex(undefined), hex(word));
    }
  }

  object(address: number, model: ObjectState | undefined, kernel: ObjectState | undefined): void {
    if (model === undefined || model.kind !== kernel?.kind) {
      this.#add(`object ${hex(address)}`, model?.kind ?? "none", kernel?.kind ?? "none");
      return;
    }
    const where = `${model.kind} ${hex(address)}`;
    this.fields(where, model.fields, kernel.fields);
    this.#registers(where, model.registers, kernel.registers);
    if (model.queue !== undefined) this.lists(`${where} queue`, model.queue, kernel.queue ?? []);
    this.words(where, model.words ?? NO_WORDS, kernel.words ?? NO_WORDS);
    this.#slots(where, model.slots ?? NO_SLOTS, kernel.slots ?? NO_SLOTS);
  }

  #registers(where: string, model: Uint32Array | undefined, kernel: Uint32Array | undefined): void {
    if (model === undefined && kernel === undefined) return;
    for (let index = 0; index < REGISTER_NAMES.length; index++) {
      const ours = model?.[index];
      const theirs = kernel?.[index];
      if (ours !== theirs) this.#add(`${where} ${REGISTER_NAMES[index]}`, hex(ours), hex(theirs));
    }
  }

  #slots(
    where: string,
    model: ReadonlyMap<number, SlotState>,
    kernel: ReadonlyMap<number, SlotState>,
  ): void {
    for (const [index, slot] of model) {
      const other = kernel.get(index);
      if (other === undefined) this.#add(`${where} slot ${index}`, capText(slot.cap), "empty");
      else this.#slot(`${where} slot ${index}`, slot, other);
    }
    for (const [index, slot] of kernel) {
      if (!model.has(index)) this.#add(`${where} slot ${index}`, "empty", capText(slot.cap));
    }
  }

  #slot(where: string, model: SlotState, kernel: SlotState): void {
    this.fields(where, model.cap, kernel.cap);
    if (model.previous !== kernel.previous)
      this.#add(`${where} mdbPrev`, hex(model.previous), hex(kernel.previous));
    if (model.next !== kernel.next)
      this.#add(`${where} mdbNext`, hex(model.next), hex(kernel.next));
    if (model.isRevocable !== kernel.isRevocable)
      this.#add(`${where} mdbRevocable`, `${model.isRevocable}`, `${kernel.isRevocable}`);
    if (model.isFirstBadged !== kernel.isFirstBadged)
      this.#add(`${where} mdbFirstBadged`, `${model.isFirstBadged}`, `${kernel.isFirstBadged}`);
  }
}

/** A word as an address or a number; `none` where it is missing. */
export function hex(value: number | undefined): string {
  if (value === undefined) return "none";
  return value < 10 ? `${value}` : `0x${value.toString(16)}`;
}

function listText(list: readonly number[]): string {
  return `[${list.map(hex).join(" ")}]`;
}

function capText(cap: Fields): string {
  return Object.entries(cap)
    .map(([name, value]) => `${name} ${hex(value)}`)
    .join(", ");
}
