import { readFileSync } from "node:fs";
import { qemuVirtPlatform, sparrowPlatform } from "@cantrip/assembly/riscv";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { runRandom } from "./run-operations.ts";
const [,, which, seed="1", count="400", runs="1", fast=""] = process.argv;
const board = which === "q" ? { config: upstream, platform: qemuVirtPlatform, kernelImage: readFileSync("/tmp/oracles/kernels/qemu-virt-1326364b/kernel.elf") } : { config: cantrip, platform: sparrowPlatform, interruptLines: [20,21,22,23], kernelImage: readFileSync("/tmp/oracles/kernels/sparrow-af78898a/kernel.elf") };
for (let i = 0; i < Number(runs); i++) {
const c = process.cpuUsage(); const t = Date.now();
const r = runRandom(board, Number(seed)+i, Number(count), { hasFastPath: fast === "fast" });
const u = process.cpuUsage(c);
const f = r.divergence === undefined ? "" : "DIFF"; console.log(f, which, Number(seed)+i, "ops", r.operations.length, "inv", r.invocations, "ok", r.succeeded, "exits", r.exits, "others", r.others, "fast", r.fastCalls, [...r.causes].map(([a, b]) => (a > 100 ? "i" + (a & 15) : a) + ":" + b).join(" "), "cpu ms", Math.round((u.user+u.system)/1000), "wall", Date.now()-t, JSON.stringify(r.divergence?.differences.slice(0,4)));
}
