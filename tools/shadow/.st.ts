import { readFileSync } from "node:fs";
import { qemuVirtPlatform } from "@cantrip/assembly/riscv";
import { readInitialTask } from "@cantrip/assembly";
import { upstream } from "@cantrip/sel4-config";
import { ShadowedKernel } from "./shadowed-kernel.ts";
import { hex } from "./compare-states.ts";
const [,, every="1000", close="Infinity", fast=""] = process.argv;
const board = { config: upstream, platform: qemuVirtPlatform, kernelImage: readFileSync("/tmp/oracles/kernels/qemu-virt-1326364b/kernel.elf") };
const initialTask = readInitialTask(readFileSync("/tmp/oracles/sel4test/upstream/qemu-virt.elf"), upstream.settings.userTop);
const s = new ShadowedKernel({ ...board, initialTask, everyExit: Number(every), closeFrom: Number(close), hasFastPath: fast === "fast" });
let lines = 0; const t = Date.now(); const c = process.cpuUsage();
for (let i = 0; i < 3000; i++) {
  const go = s.run(0.2);
  const all = s.output.split("\n");
  if (all.length - 1 > lines) { console.log(all.slice(lines, -1).filter((l) => /Starting|Error|fail|Test/.test(l)).join("\n")); lines = all.length - 1; }
  if (!go || s.divergence !== undefined || /Test suite (passed|failed)/.test(s.output)) break;
}
const u = process.cpuUsage(c);
console.log("exits", s.exits, "full", s.fullComparisons, "wall", Date.now() - t, "cpu", (u.user+u.system)/1000, [...s.causes]);
const d = s.divergence;
if (d) { console.log("exit", d.exit, "good", d.lastGood);
for (const { cause, value, pc, thread, registers } of d.visits) console.log(`  trap ${hex(cause)} ${hex(value)}, pc ${hex(pc)}, thread ${hex(thread)}, a0.. ${[10,11,12,13,14,15,16,17].map((at) => hex((registers[at] ?? 0) >>> 0)).join(" ")}`);
for (const { where, model, kernel } of d.differences) console.log(`  ${where}: model ${model}; kernel ${kernel}`); }
