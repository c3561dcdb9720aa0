import { type CapdlDiagnostic, Diagnostics } from "./parse/diagnostics.ts";
import { containerOf, readSlot } from "./snapshot/read-caps.ts";
import { irqName, ObjectLines } from "./snapshot/read-objects.ts";
import { SnapshotObjects } from "./snapshot/snapshot-objects.ts";
import { type IrqBinding, type Spec } from "./spec.ts";

/** What a running kernel told, or all lines that are not understood, in the order of the text. */
export type SnapshotResult =
  | {
      readonly ok: true;
      readonly spec: Spec;
      /** Objects that capabilities name and no line describes: their attributes are not known. */
      readonly undeclared: readonly string[];
      /** Slots that are filled, but whose text does not tell with what. */
      readonly leftOut: readonly CapdlDiagnostic[];
    }
  | { readonly ok: false; readonly errors: readonly CapdlDiagnostic[] };

/**
 * Reads what `seL4_DebugSnapshot` of a kernel for riscv32 with MCS prints, of seL4 12.1 and of current seL4.
 *
 * That is no text in the capDL language, though it looks like it: names begin with digits, objects are declared again
 * wherever a capability to them is found, or not at all, and numbers have units. Here objects are called by their kind and
 * the kernel's pointer (`tcb@0x80021c00`; a root page table is `pd@`, one below it `pt@` and the entry that maps it, a frame
 * `frame@` and its physical address, an untyped `ut@`, pointer, `@` and bits, an interrupt `irq@` and its number).
 *
 * Text before and after the first snapshot is passed over, so that a console's transcript will do.
 */
export function parseSnapshot(text: string): SnapshotResult {
  const reader = new SnapshotReader(text);
  reader.read();
  return reader.result();
}

/** A line of a snapshot, and its offset. */
interface Line {
  readonly text: string;
  readonly offset: number;
}

/** An object's slots, to be read. */
interface Container {
  readonly name: string;
  readonly slots: readonly Line[];
}

class SnapshotReader {
  readonly #text: string;
  readonly #objects = new SnapshotObjects();
  readonly #errors: Diagnostics;
  readonly #leftOut: Diagnostics;
  readonly #maps = new Map<number, IrqBinding>();
  #position: number;
  /** Offset of the line that was read last. */
  #start = 0;

  constructor(text: string) {
    this.#text = text;
    this.#errors = new Diagnostics(text);
    this.#leftOut = new Diagnostics(text);
    this.#position = Math.max(0, text.search(/^arch riscv\r?$/m));
  }

  read(): void {
    if (!this.#expect("arch riscv") || !this.#expect("objects {")) return;
    const lines = new ObjectLines(this.#objects);
    const isRead = this.#untilBrace((line) => {
      if (!lines.read(line)) this.#complain();
    });
    if (!isRead || !this.#expect("caps {")) return;
    const containers: Container[] = [];
    const hasCaps = this.#untilBrace((line) => {
      const container = this.#container(line);
      if (container !== undefined) containers.push(container);
    });
    this.#fill(containers);
    if (!hasCaps || !this.#expect("irq maps {")) return;
    this.#untilBrace((line) => {
      const [, irq] = /^(\d+): 0x[0-9a-f]+_0_irq$/.exec(line) ?? [];
      if (irq === undefined) this.#complain();
      else this.#bind(Number(irq));
    });
  }

  result(): SnapshotResult {
    if (this.#errors.count > 0) return { ok: false, errors: this.#errors.list() };
    const objects = this.#objects.objects();
    // An interrupt without a notification is in no map, but its name has its number.
    for (const { kind, name } of objects) if (kind === "irq") this.#bind(Number(name.slice(4)));
    const irqs = [...this.#maps.values()].sort((a, b) => a.irq - b.irq);
    const { undeclared } = this.#objects;
    const spec: Spec = { arch: "riscv", objects, irqs };
    return { ok: true, spec, undeclared, leftOut: this.#leftOut.list() };
  }

  #bind(irq: number): void {
    const object = irqName(irq);
    // Of an interrupt that no thread has a capability to there is nothing but the map.
    this.#objects.declare({ kind: "irq", name: object, slots: [] });
    this.#maps.set(irq, { irq, object });
  }

  #container(line: string): Container | undefined {
    const name = containerOf(line, this.#objects);
    if (name === undefined) this.#complain();
    const slots: Line[] = [];
    this.#untilBrace((text) => slots.push({ text, offset: this.#start }));
    return name === undefined ? undefined : { name, slots };
  }

  /** Reads slots, those of page tables first: others name frames and tables by the entries that map them. */
  #fill(containers: readonly Container[]): void {
    const isTable = ({ name }: Container): boolean => this.#objects.get(name)?.kind === "pt";
    const rest = containers.filter((container) => !isTable(container));
    for (const { name, slots } of [...containers.filter(isTable), ...rest]) {
      for (const { text, offset } of slots) {
        const outcome = readSlot(text, name, this.#objects);
        if (outcome === "unreadable") this.#complain(offset);
        else if (outcome !== "read") this.#leftOut.add(offset, outcome.leftOut);
      }
    }
  }

  #untilBrace(read: (line: string) => void): boolean {
    for (;;) {
      const line = this.#line();
      if (line === undefined) {
        this.#errors.add(this.#text.length, "the snapshot has no end");
        return false;
      }
      if (line === "}") return true;
      read(line);
    }
  }

  #expect(line: string): boolean {
    if (this.#line() === line) return true;
    this.#errors.add(this.#start, `"${line}" expected`);
    return false;
  }

  #complain(offset = this.#start): void {
    this.#errors.add(offset, "the line is not understood");
  }

  #line(): string | undefined {
    this.#start = this.#position;
    const end = this.#text.indexOf("\n", this.#position);
    if (end < 0) return undefined;
    this.#position = end + 1;
    return this.#text.slice(this.#start, end).replace(/\r$/, "");
  }
}
