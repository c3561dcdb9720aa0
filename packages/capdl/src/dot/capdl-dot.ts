import { type CapdlSpec } from "../model.ts";
import { SpecComponents } from "../components.ts";
import { reachView } from "./reach-view.ts";
import { threadView } from "./thread-view.ts";
import { wholeView } from "./whole-view.ts";

/** What is drawn of a specification. */
export type DotView =
  /** Everything, grouped by component. */
  | { readonly view: "whole" }
  /** One component, with the objects outside that it can reach. */
  | { readonly view: "component"; readonly of: string }
  /** Which component can reach which, and which devices. */
  | { readonly view: "reach" }
  /** What one thread can do; `of` is its object's name. */
  | { readonly view: "thread"; readonly of: string };

/**
 * A drawing of a specification in the DOT language, for Graphviz. The same specification gives the same text.
 *
 * @throws RangeError for a component or a thread that there is not, naming those that there are
 */
export function capdlDot(spec: CapdlSpec, view: DotView = { view: "whole" }): string {
  const components = new SpecComponents(spec);
  switch (view.view) {
    case "whole":
      return wholeView(spec, components);
    case "reach":
      return reachView(spec, components);
    case "component": {
      const component = components.get(view.of);
      const known = components.components.map(({ name }) => name);
      if (component === undefined) throw unknown("component", view.of, known);
      return wholeView(spec, components, component);
    }
    case "thread": {
      const thread = components.object(view.of);
      const known = spec.objects.flatMap(({ kind, name }) => (kind === "tcb" ? [name] : []));
      if (thread?.kind !== "tcb") throw unknown("thread", view.of, known);
      return threadView(thread, components);
    }
  }
}

function unknown(what: string, name: string, known: readonly string[]): RangeError {
  return new RangeError(`no ${what} "${name}"; known: ${known.join(", ")}`);
}
