import process from "node:process";
import { explainCapdl } from "@cantrip/capdl";
import { UsageError } from "../usage-error.ts";

/** `cantrip explain CODE`: the page of a diagnostic. */
export function explain(args: readonly string[]): number {
  const [code, ...more] = args;
  const rule = code === undefined || more.length > 0 ? undefined : explainCapdl(code);
  if (rule === undefined) throw new UsageError(`explain ${code ?? ""}: a code such as CAPDL0201`);
  const by = rule.isToolRule ? "checked by capDL-tool" : "not checked by capDL-tool";
  process.stdout.write(
    `${rule.code} (${rule.severity}, ${by}): ${rule.title}\n\n${rule.explanation}\n`,
  );
  return 0;
}
