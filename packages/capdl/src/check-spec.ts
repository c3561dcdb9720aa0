import { isContainer, type KnownNames, ObjectIndex } from "./check/object-index.ts";
import { checkObject } from "./check/check-object.ts";
import { checkSlots } from "./check/check-slots.ts";
import { checkTables } from "./check/check-tables.ts";
import {
  checkAsidPools,
  checkCdt,
  checkCovers,
  checkHandOver,
  checkIrqs,
  checkMappings,
  checkOverlaps,
  checkUnused,
} from "./check/check-whole.ts";
import { Findings, type SpecDiagnostic } from "./check/findings.ts";
import { ARCH_KINDS, frameSizes, wordBitsOf } from "./check/platform.ts";
import { type CapdlDialect } from "./dialect.ts";
import { type CapdlSpec } from "./model.ts";

/** How {@link checkSpec} checks. */
export interface CheckOptions {
  /** `"tool"`: only what capDL-tool checks. Default: everything. */
  readonly rules?: "all" | "tool";
  /** Word of the platform; default: that of the architecture, and on riscv the smallest that will do. */
  readonly wordBits?: 32 | 64;
  /** Default `"cantrip"`, in which capabilities to reply objects may have rights. */
  readonly dialect?: CapdlDialect;
}

/**
 * Checks a specification and reports all mistakes: what capDL-tool checks, and what would otherwise be noticed only when a
 * loader runs. Errors keep a system from working; warnings are likely mistakes. {@link explainCapdl} has a page for each
 * code.
 *
 * A specification that {@link parseCapdl} made has no unknown names; one built by a program may.
 */
export function checkSpec(spec: CapdlSpec, options: CheckOptions = {}): readonly SpecDiagnostic[] {
  return checkParsed(spec, options);
}

/** The same; with the names that a parser knows, they need no check and no table of their own. */
export function checkParsed(
  spec: CapdlSpec,
  options: CheckOptions,
  known?: KnownNames,
): readonly SpecDiagnostic[] {
  const findings = new Findings();
  const isToolOnly = options.rules === "tool";
  const kernel = { arch: spec.arch, wordBits: options.wordBits ?? wordBitsOf(spec) };
  const platform = {
    ...kernel,
    frameSizes: frameSizes(kernel),
    // A specification without scheduling contexts is for a kernel that has none.
    isMcs: spec.objects.some(({ kind }) => kind === "sc"),
  };
  const { dialect = "cantrip" } = options;
  const objects = new ObjectIndex(spec.objects, known);
  const kinds = ARCH_KINDS[spec.arch];
  objects.suspects.forEach(({ name, kind }, index) => {
    if (known === undefined) {
      if (!objects.add(index, name))
        findings.add("duplicate-name", name, `a second object "${name}"`);
      if (!isName(name)) findings.add("bad-name", name, `"${name}" is no identifier`);
    }
    if (!kinds.has(kind)) findings.add("object-architecture", name, `${kind} on ${spec.arch}`);
  });
  const context = { platform, objects, findings, isToolOnly, dialect, mappings: [] };
  objects.suspects.forEach((object) => {
    if (!isToolOnly) checkObject(object, platform, findings);
    if (isContainer(object)) checkSlots(object, context);
  });
  checkTables(spec, objects, context);
  checkMappings(context);
  checkCovers(context);
  checkIrqs(spec, context);
  if (!isToolOnly) {
    checkHandOver(context);
    checkOverlaps(context);
    checkCdt(spec, context);
    checkAsidPools(context);
    checkUnused(spec, context);
  }
  return findings.list;
}

function isName(name: string): boolean {
  // Names of letters, digits and the like need no regular expression.
  const { length } = name;
  for (let at = 0; at < length; at++) {
    const char = name.charCodeAt(at);
    const isLetter = (char | 0x20) >= 0x61 && (char | 0x20) <= 0x7a;
    const isOther =
      at > 0 && ((char >= 0x2d && char <= 0x39 && char !== 0x2f) || char === 0x5f || char === 0x40);
    if (!isLetter && !isOther) return /^\p{L}[\p{L}\p{N}\-_@.]*(?:\[\d+\])?$/u.test(name);
  }
  return length > 0;
}
