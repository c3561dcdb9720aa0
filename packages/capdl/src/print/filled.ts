/** Characters of a line without its indentation, and with it: the widths of capDL-tool's pretty printer. */
const RIBBON = 67;
const LINE = 100;

/** A head, items separated by commas that go on to further lines below the first of them, and a tail. */
export function filled(head: string, items: readonly string[], tail: string): string {
  const indentation = " ".repeat(head.length);
  const outer = head.length - head.trimStart().length;
  let text = head;
  // The first line has the head's indentation; the others have the items'.
  let used = head.length - outer;
  let limit = Math.min(LINE - outer, RIBBON);
  items.forEach((item, index) => {
    const piece = `${item}${index === items.length - 1 ? tail : ","}`;
    if (index > 0) {
      if (used + 1 + piece.length <= limit) {
        text += " ";
        used += 1;
      } else {
        text += `\n${indentation}`;
        used = 0;
        limit = Math.min(LINE - head.length, RIBBON);
      }
    }
    text += piece;
    used += piece.length;
  });
  return text;
}
