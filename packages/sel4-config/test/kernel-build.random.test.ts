import { cantrip, type KernelBuildFile, parseKernelBuild } from "@cantrip/sel4-config";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edited, forkBuild, upstreamBuild, type WholeBuild } from "./fixtures.ts";

/** Settings within the kernel's limits. */
const settings = fc.record({
  rootCNodeSizeBits: fc.integer({ min: 4, max: 27 }),
  retypeFanOutLimit: fc.integer({ min: 1, max: 2 ** 31 }),
  resetChunkBits: fc.integer({ min: 4, max: 29 }),
  numPriorities: fc.integer({ min: 1, max: 256 }),
  debugBuild: fc.boolean(),
});

interface Damage {
  /** Which of the files. */
  readonly file: number;
  /** Where in it, from 0 to 1. */
  readonly place: number;
  readonly removed: number;
  readonly inserted: string;
}

/** A change to a text: some characters taken out at a place, others put in. */
const damage: fc.Arbitrary<Damage> = fc.record({
  file: fc.nat({ max: 6 }),
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 3 }),
  inserted: fc.constantFrom(
    "",
    " ",
    "\n",
    "0",
    "x",
    ",",
    "}",
    "#endif\n",
    "#if 1\n",
    '"',
    "__proto__",
  ),
});

function damaged(file: KernelBuildFile, { place, removed, inserted }: Damage): KernelBuildFile {
  const at = Math.floor(place * file.text.length);
  const text = file.text.slice(0, at) + inserted + file.text.slice(at + removed);
  return { name: file.name, text };
}

describe("any kernel build", () => {
  it("gives the settings that it was written with", () => {
    fc.assert(
      fc.property(settings, (chosen) => {
        const fork = forkBuild();
        let { configuration } = fork;
        const set = (name: string, from: number, to: number): void => {
          configuration = edited(configuration, `${name} ${from}`, `${name} ${to}`);
        };
        set("ROOT_CNODE_SIZE_BITS", 11, chosen.rootCNodeSizeBits);
        set("RETYPE_FAN_OUT_LIMIT", 256, chosen.retypeFanOutLimit);
        set("RESET_CHUNK_BITS", 8, chosen.resetChunkBits);
        set("NUM_PRIORITIES", 256, chosen.numPriorities);
        if (!chosen.debugBuild) {
          configuration = edited(configuration, "#define CONFIG_DEBUG_BUILD 1", "");
          configuration = edited(configuration, "#define CONFIG_PRINTING 1", "");
        }
        const { build } = parseKernelBuild({ ...fork, configuration });
        expect(build?.config.settings).toEqual({ ...cantrip.settings, ...chosen });
      }),
    );
  });

  it("gives a profile or problems, never an exception, whatever happened to its files", () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.boolean(), fc.array(damage, { maxLength: 3 }), (isFork, damages) => {
        const whole: WholeBuild = isFork ? forkBuild() : upstreamBuild();
        const { common, sel4Arch, arch } = whole.invocations;
        const files = [
          whole.configuration,
          common,
          sel4Arch,
          arch,
          whole.syscalls,
          whole.platform,
          whole.platformHeader,
        ] as const;
        const [configuration, list, sel4List, archList, syscalls, platform, platformHeader] =
          files.map((file, index) =>
            damages
              .filter((each) => each.file === index)
              .reduce((text, each) => damaged(text, each), file),
          );
        const { build, problems } = parseKernelBuild({
          profileName: "damaged",
          configuration,
          invocations: { common: list, sel4Arch: sel4List, arch: archList },
          syscalls,
          platform,
          platformHeader,
        });
        if (build === undefined) {
          refused++;
          expect(problems.length).toBeGreaterThan(0);
          for (const { file, wanted } of problems) expect([file, wanted]).not.toContain("");
        } else {
          accepted++;
          const { label, syscall, settings: found } = build.config;
          const parts: readonly object[] = [
            label,
            syscall,
            { ...found, debugBuild: 0, domainSchedule: 0, machineModeExceptions: 0 },
          ];
          const numbers = parts.flatMap((part): unknown[] => Object.values(part));
          expect(numbers.every((value) => Number.isSafeInteger(value))).toBe(true);
          expect(new Set(Object.values<unknown>({ ...label })).size).toBe(
            Object.keys(label).length,
          );
        }
      }),
      { numRuns: 2000 },
    );
    process.stdout.write(`kernel builds: ${accepted} accepted, ${refused} refused\n`);
    expect(accepted / (accepted + refused)).toBeGreaterThan(0.3);
    expect(refused / (accepted + refused)).toBeGreaterThan(0.05);
  });
});
