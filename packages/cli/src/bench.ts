import process from "node:process";
import { benchBoot } from "./bench/boot.ts";
import { benchIpc } from "./bench/ipc.ts";
import type { Measurement } from "./bench/measurement.ts";
import { report } from "./bench/report.ts";
import { benchSdkPing } from "./bench/sdk-ping.ts";
import { benchServices } from "./bench/services.ts";
import { benchWorkloads } from "./bench/workloads.ts";

/** The benches of the system. `../bench/main.ts` builds this and runs it. */
const BENCHES: Readonly<
  Record<string, () => readonly Measurement[] | Promise<readonly Measurement[]>>
> = {
  boot: benchBoot,
  ipc: benchIpc,
  services: () => [...benchServices(), ...benchSdkPing()],
  workloads: benchWorkloads,
};

const [name = "", json] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) throw new RangeError(`no bench "${name}"`);
report(await bench(), json);
