import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** A kernel of CantripOS, as docs/oracles.md says where it is; `undefined`, and a line that says so, on a machine without. */
export function findKernel(): Uint8Array | undefined {
  const oracles = process.env["CANTRIP_ORACLES"];
  const kernels = join(oracles ?? "", "kernels");
  const folders = oracles === undefined || !existsSync(kernels) ? [] : readdirSync(kernels);
  const name = folders.find((each) => each.startsWith("sparrow"));
  const file = join(kernels, name ?? "", "kernel.elf");
  if (name !== undefined && existsSync(file)) return readFileSync(file);
  console.log("real kernel: skipped, there is no $CANTRIP_ORACLES/kernels/sparrow-*/kernel.elf");
  return undefined;
}
