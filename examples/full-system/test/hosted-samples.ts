import { builtinApplications, makeFlash, packApplication } from "@cantrip/cli";
import { type ApplicationMain, hostedApplications } from "@cantrip/sdk";
import type { TestOptions } from "@cantrip/testing";

/** What a machine needs for applications in TypeScript, beside the built-in ones or in their place. */
export function withApplications(
  mains: Readonly<Record<string, ApplicationMain>>,
): Pick<TestOptions, "applications" | "flash"> {
  const { entries, programs } = hostedApplications(mains);
  const packed = Object.entries(programs).map(([name, elf]) => packApplication(name, elf));
  const names = new Set(packed.map(({ name }) => name));
  const others = builtinApplications().filter(({ name }) => !names.has(name));
  return { applications: entries, flash: makeFlash([...others, ...packed]) };
}
