/** Graphviz, as `instance()` of `@viz-js/viz` 3 returns it. */
export interface Graphviz {
  renderString(dot: string, options: { readonly format: string; readonly engine: string }): string;
}

/** How {@link renderSvg} lays a graph out. */
export interface SvgOptions {
  /** Graphviz's layout engine; default `"dot"`, which is the one that draws groups and rows well. */
  readonly engine?: "dot" | "neato" | "fdp" | "sfdp" | "circo" | "twopi";
}

/**
 * An SVG picture of a graph in the DOT language, such as `capdlDot` writes.
 *
 * @param graphviz - `await instance()` of `@viz-js/viz`, an optional peer dependency: WebAssembly that runs in Node and in
 * browsers
 * @throws Error with Graphviz's message when the text is no graph
 */
export function renderSvg(dot: string, graphviz: Graphviz, options: SvgOptions = {}): string {
  return graphviz.renderString(dot, { format: "svg", engine: options.engine ?? "dot" });
}
