/** A label in Graphviz's HTML-like form. */
export interface HtmlLabel {
  readonly html: string;
}

/** Attributes of a node, an edge or a graph. Empty ones are left out. */
export type DotAttributes = Readonly<Record<string, string | number | HtmlLabel>>;

/** A string in the DOT language: quotation marks are escaped, and what it would take for an escape sequence. */
function dotString(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Text inside an HTML-like label. */
function htmlText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A row of a table: a port and its cells. */
export interface DotRow {
  readonly port?: string;
  readonly cells: readonly string[];
}

/** An HTML-like label: a heading, and below it rows that edges can begin at. */
export function tableLabel(
  heading: string,
  lines: readonly string[],
  rows: readonly DotRow[],
): HtmlLabel {
  const columns = Math.max(1, ...rows.map(({ cells }) => cells.length));
  const wide = (content: string): string => `<TR><TD COLSPAN="${columns}">${content}</TD></TR>`;
  const body = rows.map(({ port, cells }) => {
    const place = port === undefined ? "" : ` PORT="${port}"`;
    const last = cells.length - 1;
    const items = cells.map(
      (cell, index) =>
        `<TD ALIGN="LEFT"${index === last ? place : ""}>${cell === "" ? " " : htmlText(cell)}</TD>`,
    );
    return `<TR>${items.join("")}</TR>`;
  });
  const head = [wide(`<B>${htmlText(heading)}</B>`), ...lines.map((line) => wide(htmlText(line)))];
  const table = [...head, ...body].join("");
  return {
    html: `<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="3">${table}</TABLE>`,
  };
}

/** Collects a directed graph in the DOT language. */
export class DotWriter {
  readonly #lines: string[] = [];
  #depth = 1;
  #clusters = 0;

  /** @param attributes - of the graph */
  constructor(attributes: DotAttributes) {
    for (const [name, value] of Object.entries(attributes))
      this.#line(`${name}=${valueText(value)};`);
    this.#line('node [shape=box, fontname="Helvetica", fontsize=10];');
    this.#line('edge [fontname="Helvetica", fontsize=9];');
  }

  node(id: string, attributes: DotAttributes): void {
    this.#line(`${dotString(id)}${list(attributes)};`);
  }

  /** @param port - row of the first node's table */
  edge(from: string, to: string, attributes: DotAttributes, port?: string): void {
    const start = port === undefined ? dotString(from) : `${dotString(from)}:${dotString(port)}`;
    this.#line(`${start} -> ${dotString(to)}${list(attributes)};`);
  }

  /** A box around what `content` writes. */
  cluster(label: string, content: () => void): void {
    this.#line(`subgraph cluster_${this.#clusters} {`);
    this.#clusters += 1;
    this.#depth += 1;
    this.#line(`label=${dotString(label)};`);
    this.#line('style=rounded; color="#8888aa"; fontname="Helvetica"; fontsize=14;');
    content();
    this.#depth -= 1;
    this.#line("}");
  }

  /** The whole text. */
  finish(): string {
    return `digraph capdl {\n${this.#lines.join("\n")}\n}\n`;
  }

  #line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
  }
}

function list(attributes: DotAttributes): string {
  const items = Object.entries(attributes).filter(([, value]) => value !== "");
  if (items.length === 0) return "";
  return ` [${items.map(([name, value]) => `${name}=${valueText(value)}`).join(", ")}]`;
}

function valueText(value: string | number | HtmlLabel): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? dotString(value) : `<${value.html}>`;
}
