import { writeCpio } from "@cantrip/cpio";
import { type HostedComponent, type HostedEntry, stubWords } from "@cantrip/hosted";
import { rootserverProgram, type RootserverBirth } from "@cantrip/rootserver";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { InitialTaskImage } from "./initial-task.ts";

const PAGE_BYTES = 4096;
const IMAGE_BASE = 0x10000;
/** The root server's copy region is aligned to its size, so that its pages share one page table. */
const COPY_REGION_BYTES = 64 * 1024;
/** The root server's entry among the hosted entries. */
const ROOTSERVER_ENTRY = 0;

/** The root server as an initial task. */
export interface LinkedRootserver {
  readonly initialTask: InitialTaskImage;
  /** The root server's birth data. */
  readonly birth: RootserverBirth;
}

/** The first hosted entry of an image: the root server, whose birth data is known only when it is linked. */
export class RootserverEntry implements HostedEntry {
  readonly thread = "main";
  readonly component: HostedComponent;
  #linked: HostedComponent | undefined;

  constructor() {
    this.component = {
      name: "rootserver",
      create: () => {
        if (this.#linked === undefined)
          throw new Error("the root server runs before it was linked");
        return this.#linked.create();
      },
    };
  }

  /**
   * Links the root server with a specification and an archive of files into one initial task.
   *
   * @param spec - the encoded specification
   * @param securityCore - the files are not linked; the root server asks the security core for them
   * @throws RangeError when the kernel is not one for 32 bits
   */
  link(
    kernel: KernelConfig,
    spec: Uint8Array,
    files: ReadonlyMap<string, Uint8Array>,
    securityCore?: RootserverBirth["securityCore"],
  ): LinkedRootserver {
    if (kernel.wordBits !== 32)
      throw new RangeError(`the root server is for 32-bit kernels, and ${kernel.name} has 64 bits`);
    const linked = securityCore === undefined ? [...files] : [];
    const archive =
      linked.length === 0
        ? new Uint8Array(0)
        : writeCpio(linked.map(([name, data]) => ({ name, data })));

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
      profile: kernel.name,
      image: { address: IMAGE_BASE, size: end - IMAGE_BASE },
      spec: { address: specAddress, size: spec.length },
      archive: { address: archiveAddress, size: archive.length },
      copyRegion: { address: copyRegion, size: COPY_REGION_BYTES },
      ...(securityCore === undefined ? {} : { securityCore }),
    };
    this.#linked = rootserverProgram(birth);
    return { initialTask: { bytes, vaddr: IMAGE_BASE, entry: IMAGE_BASE }, birth };
  }
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
