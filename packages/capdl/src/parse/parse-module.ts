import { type CapdlDialect } from "../dialect.ts";
import {
  type CapNameNode,
  type CdtNode,
  type ContainerNode,
  type DomainsNode,
  type IrqNode,
  type MappingNode,
  type ModuleNode,
  type NameRef,
  type ObjectNode,
  type Range,
  type SlotRefNode,
} from "./ast.ts";
import { type Diagnostics, SyntaxFailure } from "./diagnostics.ts";
import { parseCapParameters, parseObjectParameters } from "./parse-parameters.ts";
import { Scanner } from "./scanner.ts";

const MAX_SYNTAX_ERRORS = 50;

/** Names of slots that may stand for numbers. */
function slotNames(dialect: CapdlDialect): ReadonlyMap<string, number> {
  const names = [
    "cspace",
    "vspace",
    "reply_slot",
    "caller_slot",
    "ipc_buffer_slot",
    "fault_ep_slot",
    "sc_slot",
    "temp_fault_ep_slot",
    ...(dialect === "upstream" ? ["bound_notification", "bound_vcpu"] : []),
  ];
  return new Map(names.map((name, index) => [name, index]));
}

/** Parses a text to its syntax tree; mistakes go to `diagnostics`, and parsing goes on with the next line. */
export function parseModule(
  text: string,
  dialect: CapdlDialect,
  diagnostics: Diagnostics,
): ModuleNode {
  const parser = new ModuleParser(text, dialect, diagnostics);
  parser.parse();
  return parser.module;
}

class ModuleParser {
  readonly module: ModuleNode = {
    arch: "",
    archOffset: 0,
    objects: [],
    containers: [],
    capNames: [],
    irqs: [],
    cdt: [],
    domains: undefined,
  };
  readonly #scanner: Scanner;
  readonly #dialect: CapdlDialect;
  readonly #diagnostics: Diagnostics;
  readonly #slotNames: ReadonlyMap<string, number>;

  constructor(text: string, dialect: CapdlDialect, diagnostics: Diagnostics) {
    this.#scanner = new Scanner(text);
    this.#dialect = dialect;
    this.#diagnostics = diagnostics;
    this.#slotNames = slotNames(dialect);
  }

  parse(): void {
    const scanner = this.#scanner;
    try {
      if (!scanner.acceptWord("arch")) scanner.fail('"arch"');
      Object.assign(this.module, { archOffset: scanner.here(), arch: scanner.identifier() });
      do this.#section();
      while (!scanner.isAtEnd());
    } catch (error) {
      this.#record(error);
    }
  }

  #section(): void {
    const scanner = this.#scanner;
    const { objects, containers, capNames, irqs, cdt } = this.module;
    const start = scanner.here();
    if (scanner.acceptWord("objects")) {
      this.#braces(() => objects.push(this.#object()));
    } else if (scanner.acceptWord("caps")) {
      this.#braces(() => {
        this.#capsItem(containers, capNames);
      });
    } else if (scanner.acceptWord("irq maps")) {
      if (irqs.length > 0) this.#diagnostics.add(start, "a second section irq maps");
      this.#braces(() => {
        irqs.push(this.#irq());
        scanner.accept(";");
      });
    } else if (scanner.acceptWord("cdt")) {
      this.#braces(() => cdt.push(this.#cdtNode(true)));
    } else if (this.#dialect === "upstream" && scanner.acceptWord("domains")) {
      if (this.module.domains !== undefined)
        this.#diagnostics.add(start, "a second section domains");
      this.module.domains = this.#domains();
    } else {
      scanner.fail("objects, caps, irq maps, cdt or domains");
    }
  }

  /** Items between braces; after a mistake it goes on with the next line. */
  #braces(item: () => void): void {
    const scanner = this.#scanner;
    scanner.expect("{");
    while (!scanner.accept("}")) {
      if (scanner.isAtEnd()) scanner.fail('"}"');
      try {
        item();
      } catch (error) {
        const end = scanner.text.indexOf("\n", scanner.position);
        // Without a next line there is nothing to go on with.
        if (end < 0 || this.#diagnostics.count >= MAX_SYNTAX_ERRORS) throw error;
        this.#record(error);
        scanner.position = end + 1;
      }
    }
  }

  #record(error: unknown): void {
    if (!(error instanceof SyntaxFailure)) throw error;
    this.#diagnostics.add(error.offset, error.message);
  }

  #object(): ObjectNode {
    const first = this.#nameRef();
    return this.#objectAfter(first);
  }

  /** The rest of a declaration that begins with `first`. */
  #objectAfter(first: NameRef): ObjectNode {
    const scanner = this.#scanner;
    const names = [first];
    while (scanner.accept("/")) names.push(this.#nameRef());
    scanner.expect("=");
    const offset = scanner.here();
    const type = scanner.identifier();
    const parameters = scanner.peek("(") ? parseObjectParameters(scanner) : [];
    const children = scanner.peek("{") ? this.#children() : undefined;
    const name = names.at(-1) ?? first;
    return { path: names.slice(0, -1), name, type, parameters, children, offset };
  }

  #children(): readonly (ObjectNode | NameRef)[] {
    const scanner = this.#scanner;
    const children: (ObjectNode | NameRef)[] = [];
    this.#braces(() => {
      const name = this.#nameRef();
      const isDeclaration = scanner.peek("=") || scanner.peek("/");
      children.push(isDeclaration ? this.#objectAfter(name) : name);
      scanner.accept(",");
    });
    return children;
  }

  #nameRef(): NameRef {
    const scanner = this.#scanner;
    const offset = scanner.here();
    const base = scanner.identifier();
    if (base === "objects" || base === "caps") {
      throw new SyntaxFailure(`${base} is a reserved word`, offset);
    }
    if (!scanner.accept("[")) return { base, ranges: undefined, offset };
    const ranges: Range[] = [];
    if (!scanner.accept("]")) {
      do ranges.push(this.#range());
      while (scanner.accept(","));
      scanner.expect("]");
    }
    return { base, ranges, offset };
  }

  #range(): Range {
    const scanner = this.#scanner;
    const from = scanner.acceptNumber();
    if (!scanner.accept("..")) {
      if (from === undefined) scanner.fail("a range");
      return { from, to: from };
    }
    return { from, to: scanner.acceptNumber() };
  }

  #capsItem(containers: ContainerNode[], capNames: CapNameNode[]): void {
    const scanner = this.#scanner;
    const name = this.#nameRef();
    if (scanner.accept("=")) {
      capNames.push({ name, slot: this.#slotPair() });
      return;
    }
    const mappings: MappingNode[] = [];
    this.#braces(() => {
      mappings.push(this.#mapping());
      scanner.accept(";");
    });
    containers.push({ name, mappings });
  }

  #mapping(): MappingNode {
    const scanner = this.#scanner;
    const offset = scanner.here();
    const slot = this.#slotBefore();
    let capName: NameRef | undefined;
    let isCopy = scanner.accept("<");
    let target = this.#nameRef();
    if (!isCopy && scanner.accept("=")) {
      capName = target;
      isCopy = scanner.accept("<");
      target = this.#nameRef();
    }
    if (isCopy) scanner.expect(">");
    const parameters = scanner.peek("(") ? parseCapParameters(scanner, () => this.#slotPair()) : [];
    const parent = scanner.acceptWord("- child_of") ? this.#slotRef() : undefined;
    return { slot, capName, isCopy, target, parameters, parent, offset };
  }

  /** `slot :` if a slot is next. A slot's name alone is one, too: then the colon is missing. */
  #slotBefore(): number | undefined {
    const scanner = this.#scanner;
    const slot = this.#acceptSlot();
    if (slot !== undefined) scanner.expect(":");
    return slot;
  }

  #acceptSlot(): number | undefined {
    const scanner = this.#scanner;
    const number = scanner.acceptNumber();
    if (number !== undefined) return number;
    const slot = this.#slotNames.get(scanner.peekIdentifier() ?? "");
    if (slot !== undefined) scanner.identifier();
    return slot;
  }

  #slotRef(): SlotRefNode {
    return this.#scanner.peek("(") ? this.#slotPair() : { capName: this.#nameRef() };
  }

  #slotPair(): SlotRefNode {
    const scanner = this.#scanner;
    scanner.expect("(");
    const container = this.#nameRef();
    scanner.expect(",");
    const slot = this.#acceptSlot() ?? scanner.fail("a slot");
    scanner.expect(")");
    return { container, slot };
  }

  #irq(): IrqNode {
    const slot = this.#slotBefore();
    return { slot, target: this.#nameRef() };
  }

  #cdtNode(mustHaveChildren: boolean): CdtNode {
    const scanner = this.#scanner;
    const offset = scanner.here();
    const slot = this.#slotRef();
    const children: CdtNode[] = [];
    if (mustHaveChildren || scanner.peek("{")) {
      this.#braces(() => {
        children.push(this.#cdtNode(false));
        scanner.accept(";");
      });
    }
    return { slot, children, offset };
  }

  #domains(): DomainsNode {
    const scanner = this.#scanner;
    const schedule: [number, number][] = [];
    let start: number | "no_start" = 0;
    let indexShift = 0;
    this.#braces(() => {
      if (scanner.acceptWord("schedule")) {
        scanner.expect(":");
        scanner.expect("[");
        while (!scanner.accept("]")) {
          schedule.push(this.#domainEntry());
          if (!scanner.accept(",") && !scanner.peek("]")) scanner.fail('"," or "]"');
        }
      } else if (scanner.acceptWord("domain_set_start")) {
        scanner.expect(":");
        start = scanner.acceptWord("no_start") ? "no_start" : scanner.number();
      } else if (scanner.acceptWord("index_shift")) {
        scanner.expect(":");
        indexShift = scanner.number();
      } else scanner.fail("schedule, domain_set_start or index_shift");
    });
    return { schedule, start, indexShift };
  }

  #domainEntry(): [number, number] {
    const scanner = this.#scanner;
    scanner.expect("(");
    const domain = scanner.number();
    scanner.expect(",");
    const duration = scanner.number();
    scanner.expect(")");
    return [domain, duration];
  }
}
