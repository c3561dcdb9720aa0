import { UsageError } from "./usage-error.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** Reads the value of `--ram`: `4MiB`, `512KiB` or a number of bytes. @throws UsageError */
export function parseSize(text: string): number {
  const match = /^(\d+)\s*(KiB|MiB|GiB|)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  const bytes = Number(match?.[1]) * (unit ?? Number.NaN);
  if (match === null || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UsageError(`--ram ${text}: a size such as 4MiB, 512KiB or 4194304 is needed`);
  }
  if (bytes % 4096 !== 0) throw new UsageError(`--ram ${text}: a multiple of 4096 bytes is needed`);
  return bytes;
}

/** Reads the value of `--timeout`. @throws UsageError */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new UsageError(`--timeout ${text}: a positive number of seconds is needed`);
  return seconds;
}
