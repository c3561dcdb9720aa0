/** Indices in brackets, runs as ranges; nothing for no indices. */
export function rangesText(indices: readonly number[]): string {
  if (indices.length === 0) return "";
  const texts: string[] = [];
  for (let at = 0; at < indices.length;) {
    const first = indices[at] ?? 0;
    const step = indices[at + 1] === first - 1 ? -1 : 1;
    let end = at;
    while (indices[end + 1] === first + step * (end + 1 - at)) end += 1;
    texts.push(end === at ? `${first}` : `${first}..${indices[end] ?? first}`);
    at = end + 1;
  }
  return `[${texts.join(", ")}]`;
}
