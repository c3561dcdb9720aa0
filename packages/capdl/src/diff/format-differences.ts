import { type SpecDifference } from "./compare.ts";

/** One line for each difference: `+` is on the right only, `-` on the left only, `~` on both but not the same. */
export function differencesText(differences: readonly SpecDifference[]): string {
  return differences.map((difference) => `${lineOf(difference)}\n`).join("");
}

function lineOf(difference: SpecDifference): string {
  const { kind, object, other, slot, field = "", left, right } = difference;
  const name = other === undefined ? object : `${object} (${other})`;
  const sign = left === undefined ? "+" : right === undefined ? "-" : "~";
  const change =
    left === undefined || right === undefined ? (left ?? right ?? "") : `${left} -> ${right}`;
  switch (kind) {
    case "object-removed":
    case "object-added":
      return `${sign} ${name}: ${change}`;
    case "parameter":
      return `${sign} ${name}: ${field} ${change}`;
    case "cap-removed":
    case "cap-added":
      return `${sign} ${name}, slot ${slot ?? ""}: ${change}`;
    case "cap-changed":
      return `${sign} ${name}, slot ${slot ?? ""}: ${change} [${field}]`;
    case "child":
      return `${sign} ${name}: child ${change}`;
    case "irq":
      return `${sign} irq ${slot ?? ""}: ${change}`;
    case "cdt":
      return `${sign} cdt: ${change}`;
    case "arch":
    case "domains":
      return `${sign} ${kind}: ${change}`;
  }
}
