import { type BundleManifest, DEFAULT_MANIFEST, withManifest } from "@cantrip/bundle-image";
import { type BuiltinFile, builtinApplications, makeFlash, packApplication } from "@cantrip/cli";
import { type ApplicationMain, hostedApplications } from "@cantrip/sdk";
import type { TestOptions } from "@cantrip/testing";

/**
 * What a machine needs for applications in TypeScript, beside the built-in ones or in their place.
 *
 * @param manifests - of those that have one, by name
 * @param files - further files of the archive
 */
export function withApplications(
  mains: Readonly<Record<string, ApplicationMain>>,
  manifests: Readonly<Record<string, Partial<BundleManifest>>> = {},
  files: readonly BuiltinFile[] = [],
): Pick<TestOptions, "applications" | "flash"> {
  const { entries, programs } = hostedApplications(mains);
  const packed = Object.entries(programs).map(([name, elf]): BuiltinFile => {
    const file = packApplication(name, elf);
    const manifest = manifests[name];
    if (manifest === undefined) return file;
    return { ...file, data: withManifest(file.data, { ...DEFAULT_MANIFEST, ...manifest }) };
  });
  const names = new Set(packed.map(({ name }) => name));
  const others = builtinApplications().filter(({ name }) => !names.has(name));
  return { applications: entries, flash: makeFlash([...others, ...packed, ...files]) };
}
