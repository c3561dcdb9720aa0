import {
  BundleImageError,
  type BundleSource,
  crc32,
  type PlacedSection,
  readSection,
  SectionFlag,
  type SectionHeader,
  SectionType,
} from "@cantrip/bundle-image";
import { runTask, type Task } from "@cantrip/hosted";
import { type BundleState, ProcessManagerError } from "@cantrip/interfaces/process-control";
import type { ApplicationEnd } from "@cantrip/interfaces/sdk-manager";
import {
  type ApplicationLayout,
  BundleLayoutError,
  fillPage,
  layOutApplication,
  ProcessFailure,
  ProcessManager,
} from "@cantrip/proc-manager";
import { describe, expect } from "vitest";
import { defect } from "../../../tools/defects/defect.ts";
import {
  originalFillPage,
  originalLayout,
  OriginalProcessManager,
  originalReadSection,
} from "./original-loader.ts";

interface Processes {
  register(bundleId: string): void;
  start(bundleId: string): void;
  stop(bundleId: string): void;
  ended(bundleId: string, end: ApplicationEnd): void;
  state(bundleId: string): BundleState;
}

/** Managers whose applications cannot be stopped when they are called `stuck`. */
const processes = {
  ours: (): Processes => {
    const manager = new ProcessManager<string>({
      *start(bundleId): Task<string> {
        return bundleId;
      },
      *stop(application): Task<void> {
        refuseToStop(application);
      },
      *capScan(): Task<void> {
        // Nothing to print.
      },
    });
    return {
      register: (bundleId) => {
        manager.register(bundleId);
      },
      start: (bundleId) => {
        runTask(manager.start(bundleId));
      },
      stop: (bundleId) => {
        runTask(manager.stop(bundleId));
      },
      ended: (bundleId, end) => {
        runTask(manager.ended(bundleId, end));
      },
      state: (bundleId) => manager.state(bundleId),
    };
  },
  mutant: (): Processes => new OriginalProcessManager(refuseToStop),
};

function refuseToStop(application: string): void {
  if (application === "stuck") throw new ProcessFailure(ProcessManagerError.StopFailed, "stuck");
}

describe("defects of CantripOS's process manager", () => {
  defect(
    "8: installing a bundle that is known is refused",
    processes,
    (make) => {
      const manager = make();
      manager.register("hello");
      expect(() => {
        manager.register("hello");
      }).toThrow(ProcessFailure);
    },
    /instance of ProcessFailure/,
  );

  defect(
    "a bundle whose stop failed does not count as running for ever",
    processes,
    (make) => {
      const manager = make();
      manager.register("stuck");
      manager.start("stuck");
      expect(() => {
        manager.stop("stuck");
      }).toThrow("stuck");
      expect(manager.state("stuck")).toEqual({ type: "Stopped" });
    },
    /expected \{ type: 'Running' \} to deeply equal/,
  );

  defect(
    "12: an application that faults is Faulted",
    processes,
    (make) => {
      const manager = make();
      manager.start("bad");
      manager.ended("bad", { type: "Faulted", value: { label: 6, words: [] } });
      expect(manager.state("bad")).toEqual({ type: "Faulted" });
    },
    /expected \{ type: 'Running' \} to deeply equal/,
  );

  defect(
    "12: an application that is done is Exited, with its code",
    processes,
    (make) => {
      const manager = make();
      manager.start("done");
      manager.ended("done", { type: "Exited", value: 3 });
      expect(manager.state("done")).toEqual({ type: "Exited", value: 3 });
    },
    /expected \{ type: 'Running' \} to deeply equal/,
  );
});

function header(
  vaddr: number,
  data: Uint8Array,
  extra: Partial<SectionHeader> = {},
): SectionHeader {
  return {
    ...{ vaddr, entry: 0, flags: SectionFlag.Read, fsize: data.length, msize: data.length },
    ...{ align: 4, ftype: SectionType.Application, crc32: crc32(data), ...extra },
  };
}

/** Sections whose bytes lie one behind the other in a source. */
function placed(sections: readonly (readonly [number, Uint8Array])[]): {
  readonly source: BundleSource;
  readonly sections: PlacedSection[];
} {
  const bytes = Uint8Array.from(sections.flatMap(([, data]) => [...data]));
  let offset = 0;
  return {
    source: {
      size: bytes.length,
      *read(at, target): Task<void> {
        target.set(bytes.subarray(at, at + target.length));
      },
    },
    sections: sections.map(([vaddr, data]) => {
      const section = { header: header(vaddr, data), offset };
      offset += data.length;
      return section;
    }),
  };
}

const fills = { ours: fillPage, mutant: originalFillPage };
type Layout = (sections: readonly SectionHeader[]) => ApplicationLayout;
const layouts: { ours: Layout; mutant: Layout } = {
  ours: layOutApplication,
  mutant: originalLayout,
};

describe("defects of CantripOS's loader", () => {
  defect(
    "10: a section that begins inside of a page is loaded where it says",
    fills,
    (fill) => {
      const { source, sections } = placed([[0x1_0074, Uint8Array.of(1, 2, 3)]]);
      const page = new Uint8Array(4096);
      runTask(fill(source, sections, 0x1_0000, page));
      expect([page[0], ...page.subarray(0x74, 0x77)]).toEqual([0, 1, 2, 3]);
    },
    /to deeply equal/,
  );

  defect(
    "10: two sections may share a page",
    layouts,
    (layOut) => {
      const one = Uint8Array.of(1);
      const layout = layOut([header(0x1_0000, one), header(0x1_0100, one)]);
      expect(layout.pages).toHaveLength(1);
    },
    /assertion failed/,
  );

  defect(
    "10: sections out of order are an error of the bundle, and no end of the manager",
    layouts,
    (layOut) => {
      const one = Uint8Array.of(1);
      expect(() => layOut([header(0x2_0000, one), header(0x1_0000, one)])).toThrow(
        BundleLayoutError,
      );
    },
    /instance of|assertion failed/,
  );

  defect(
    "10: an entry point that is no instruction of the image is refused",
    layouts,
    (layOut) => {
      const flags = SectionFlag.Read | SectionFlag.Execute | SectionFlag.Entry;
      const code = header(0x1_0000, Uint8Array.of(1), { flags, entry: 0x5_0000 });
      expect(() => layOut([code])).toThrow(BundleLayoutError);
    },
    /to throw/,
  );

  defect(
    "10: an image may span more than 4 MiB",
    layouts,
    (layOut) => {
      const one = Uint8Array.of(1);
      const layout = layOut([header(0x1_0000, one), header(0x80_0000, one)]);
      expect(layout.windows).toEqual([0, 0x80_0000]);
    },
    /to deeply equal/,
  );

  defect(
    "28: a section whose bytes do not have its CRC is refused, also when the header has none",
    { ours: readSection, mutant: originalReadSection },
    (read) => {
      const { source, sections } = placed([[0x1_0000, Uint8Array.of(1, 2, 3)]]);
      for (const crc of [0, 0x1234]) {
        const damaged = sections.map((section) => ({
          ...section,
          header: { ...section.header, crc32: crc },
        }));
        for (const section of damaged) {
          expect(() => {
            runTask(read(source, section));
          }).toThrow(BundleImageError);
        }
      }
    },
    /expected .* to throw/,
  );
});
