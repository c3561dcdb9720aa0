/** Splits `instance.interface`. */
export function splitEnd(end: string): readonly [instance: string, name: string] {
  const dot = end.indexOf(".");
  return dot < 0 ? [end, ""] : [end.slice(0, dot), end.slice(dot + 1)];
}
