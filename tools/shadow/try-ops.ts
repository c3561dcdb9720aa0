import { readFileSync } from "node:fs";
import { qemuVirtPlatform, sparrowPlatform } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { runList, runRandom } from "./run-operations.ts";
import { minimise } from "./minimise.ts";
import { operationText } from "./operation.ts";
const [which, firstSeed, seeds, count, fast] = process.argv.slice(2);
const fork = which === "cantrip";
const board = { config: fork ? cantrip : upstream, platform: fork ? sparrowPlatform : qemuVirtPlatform, kernelImage: readFileSync(`/tmp/oracles/kernels/${fork ? "sparrow-af78898a" : "qemu-virt-1326364b"}/kernel.elf`) };
let ops = 0, inv = 0, ok = 0, exits = 0;
const t0 = Date.now();
const names = new Map<string, number>();
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(seeds); seed++) {
  const run = runRandom(board, seed, Number(count), { hasFastPath: fast === "fast" });
  ops += run.operations.length; inv += run.invocations; ok += run.succeeded; exits += run.exits;
  for (const o of run.operations) names.set(o.name, (names.get(o.name) ?? 0) + 1);
  if (run.divergence) {
    console.log("seed", seed, "after", run.operations.length, run.divergence.differences);
    const where = run.divergence.differences[0]!.where.replace(/0x[0-9a-f]+|\d+/g, "");
    const small = minimise(run.operations, (list) => { const r = runList(board, list, { hasFastPath: fast === "fast" }).divergence; return r !== undefined && r.differences[0]!.where.replace(/0x[0-9a-f]+|\d+/g, "") === where; }, 120);
    console.log(small.map(operationText).join("\n"));
    const again = runList(board, small, { hasFastPath: fast === "fast" });
    console.log(again.divergence?.differences, again.divergence?.visits.slice(-3).map((v) => [v.cause, v.value, v.pc.toString(16), v.thread.toString(16)]));
    break;
  }
}
console.log({ ops, inv, ok, exits, ms: Date.now() - t0 });
if (!process.env.QUIET) console.log([...names].map(([a, b]) => `${a} ${b}`).join(", "));
