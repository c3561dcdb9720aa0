import type { Spec } from "@cantrip/capdl";
import { writeSpecImage } from "@cantrip/capdl/image";
import { writeCpio } from "@cantrip/cpio";
import { type HostedComponent, stubWords } from "@cantrip/hosted";
import { rootserverProgram, type RootserverBirth } from "@cantrip/rootserver";
import type { SystemDescription } from "./description.ts";
import type { InitialTaskImage } from "./initial-task.ts";
import { realiseSystem, type RealisedSystem } from "./realise-system.ts";

const PAGE_BYTES = 4096;
const IMAGE_BASE = 0x10000;
/** The root server's copy region is aligned to its size, so that its pages share one page table. */
const COPY_REGION_BYTES = 64 * 1024;
/** The root server's entry among the hosted entries. */
const ROOTSERVER_ENTRY = 0;

/** A system ready to boot: its parts, and the initial task that makes them. */
export interface BootImage extends RealisedSystem {
  readonly initialTask: InitialTaskImage;
  /** The root server's birth data. */
  readonly rootserver: RootserverBirth;
}

/** Changes to the bytes of a boot image, for tests of what damage does. */
export interface BootImageOptions {
  /** A specification to use in place of the one that the description gives. */
  readonly spec?: Spec;
  /** Called with the encoded specification before it goes into the image. */
  readonly alterSpec?: (bytes: Uint8Array) => void;
}

/**
 * Checks and realises a description and links root server, specification and component images into one initial task.
 *
 * @throws AssemblyError with every mistake of the description
 */
export function buildBootImage(
  description: SystemDescription,
  options: BootImageOptions = {},
): BootImage {
  const late: { component?: HostedComponent } = {};
  const system = realiseSystem(description, {
    thread: "main",
    component: {
      name: "rootserver",
      create() {
        if (late.component === undefined)
          throw new Error("the root server runs before it was linked");
        return late.component.create();
      },
    },
  });
  const spec = writeSpecImage(options.spec ?? system.spec);
  options.alterSpec?.(spec);
  const archive = writeCpio([...system.files].map(([name, data]) => ({ name, data })));

  // stub | cell and stack | … | copy region | specification | archive
  const cell = IMAGE_BASE + PAGE_BYTES;
  const copyRegion = alignUp(cell + PAGE_BYTES, COPY_REGION_BYTES);
  const specAddress = copyRegion + COPY_REGION_BYTES;
  const archiveAddress = alignUp(specAddress + spec.length, PAGE_BYTES);
  const end = alignUp(archiveAddress + archive.length, PAGE_BYTES);
  const bytes = new Uint8Array(end - IMAGE_BASE);
  const view = new DataView(bytes.buffer);
  stubWords(ROOTSERVER_ENTRY, cell).forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  bytes.set(spec, specAddress - IMAGE_BASE);
  bytes.set(archive, archiveAddress - IMAGE_BASE);

  const birth: RootserverBirth = {
    profile: description.kernel.name,
    image: { address: IMAGE_BASE, size: end - IMAGE_BASE },
    spec: { address: specAddress, size: spec.length },
    archive: { address: archiveAddress, size: archive.length },
    copyRegion: { address: copyRegion, size: COPY_REGION_BYTES },
  };
  late.component = rootserverProgram(birth);
  return {
    ...system,
    initialTask: { bytes, vaddr: IMAGE_BASE, entry: IMAGE_BASE },
    rootserver: birth,
  };
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
