import { readFileSync } from "node:fs";
import { qemuVirtPlatform, sparrowPlatform } from "@cantrip/assembly/riscv";
import { readInitialTask } from "@cantrip/assembly";
import { cantrip, upstream } from "@cantrip/sel4-config";
import { ShadowedKernel } from "./shadowed-kernel.ts";
const [which, elf, seconds, every, from] = process.argv.slice(2);
const fork = which === "cantrip";
const config = fork ? cantrip : upstream;
const image = readFileSync(`/tmp/oracles/kernels/${fork ? "sparrow-af78898a" : "qemu-virt-1326364b"}/kernel.elf`);
const t0 = Date.now();
const s = new ShadowedKernel({ kernelImage: image, config, platform: fork ? sparrowPlatform : qemuVirtPlatform, initialTask: readInitialTask(readFileSync(elf!), config.settings.userTop), everyExit: Number(every ?? 1), closeFrom: from ? Number(from) : Infinity });
let more = true;
let shown = 0;
for (let at = 0; at < Number(seconds ?? 4) && more && s.divergence === undefined && !s.output.includes("Test suite"); at += 0.5) {
  more = s.run(0.5);
  const tests = [...s.output.matchAll(/Starting test \d+: \w+/g)];
  if (tests.length > shown) console.log(Math.round((Date.now() - t0) / 1000), s.exits, tests.at(-1)![0]);
  shown = tests.length;
}
console.log(s.output.slice(-500));
console.log({ more, exits: s.exits, full: s.fullComparisons, causes: [...s.causes], ms: Date.now() - t0, halted: s.port.haltReason });
if (s.divergence) {
  console.log(s.divergence.exit, s.divergence.differences);
  for (const v of s.divergence.visits.slice(-4)) console.log(v.exit, "cause", v.cause.toString(16), "value", v.value.toString(16), "pc", v.pc.toString(16), "thread", v.thread.toString(16), "a0", (v.registers[10]!>>>0).toString(16), "a1", (v.registers[11]!>>>0).toString(16), "a7", v.registers[17]);
}
