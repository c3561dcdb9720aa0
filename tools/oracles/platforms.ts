import { qemuVirtPlatform, sparrowPlatform, type SystemPlatform } from "@cantrip/assembly/riscv";

const PLATFORMS: readonly SystemPlatform[] = [sparrowPlatform, qemuVirtPlatform];

/** The platform that the name of a file or folder begins with: `qemu-virt`, `sparrow-debug`. */
export function platformOf(name: string): SystemPlatform | undefined {
  return PLATFORMS.find(
    (platform) => name === platform.name || name.startsWith(`${platform.name}-`),
  );
}

/** Names of the platforms. */
export const platformNames: readonly string[] = PLATFORMS.map(({ name }) => name);
