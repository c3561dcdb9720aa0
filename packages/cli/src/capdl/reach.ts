import process from "node:process";
import { queryReach, reachOf, reachText } from "@cantrip/capdl/reach";
import { specOf } from "../capdl-source.ts";
import { UsageError } from "../usage-error.ts";
import { readArguments } from "./options.ts";

/** `cantrip capdl reach [FILE] [--from X] [--to Y]`: who can get at whose memory, and call or signal whom. */
export function reach(args: readonly string[]): number {
  const options = readArguments(args, {
    from: { type: "string" },
    to: { type: "string" },
    format: { type: "string", default: "text" },
  });
  const format = options.oneOf("format", ["text", "json"]);
  const spec = specOf(options);
  if (spec === undefined) return 1;
  const whole = reachOf(spec);
  const from = options.value("from");
  const to = options.value("to");
  if (from !== undefined && !whole.components.includes(from))
    throw new UsageError(`--from ${from}: components: ${whole.components.join(", ")}`);
  const isFrame = spec.objects.some(({ kind, name }) => kind === "frame" && name === to);
  if (to !== undefined && !isFrame && !whole.components.includes(to))
    throw new UsageError(`--to ${to}: a frame, or a component: ${whole.components.join(", ")}`);
  const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  process.stdout.write(
    format === "json" ? `${JSON.stringify(queryReach(whole, query))}\n` : reachText(whole, query),
  );
  return 0;
}
