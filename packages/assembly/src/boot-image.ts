import type { Spec } from "@cantrip/capdl";
import { writeSpecImage } from "@cantrip/capdl/image";
import type { RootserverBirth } from "@cantrip/rootserver";
import { AssemblyError } from "./assembly-error.ts";
import type { SystemDescription } from "./description.ts";
import type { InitialTaskImage } from "./initial-task.ts";
import { RootserverEntry } from "./link-rootserver.ts";
import { realiseSystem, type RealisedSystem } from "./realise-system.ts";

/** Component type of the mailbox to the security core. */
const MAILBOX_TYPE = "MailboxHardware";

/** A system ready to boot: its parts, and the initial task that makes them. */
export interface BootImage extends RealisedSystem {
  readonly initialTask: InitialTaskImage;
  /** The root server's birth data. */
  readonly rootserver: RootserverBirth;
  /** Components' images that the security core has to have, because the initial task has not. */
  readonly securityCoreFiles: ReadonlyMap<string, Uint8Array>;
}

/** How a boot image is built, and changes to its bytes for tests of what damage does. */
export interface BootImageOptions {
  /**
   * Where the root server finds the components' images: in an archive that is linked behind it (default), or with the
   * security core, which makes the initial task smaller by as much.
   */
  readonly componentImages?: "archive" | "security-core";
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
  const rootserver = new RootserverEntry();
  const system = realiseSystem(description, rootserver);
  const spec = writeSpecImage(options.spec ?? system.spec);
  options.alterSpec?.(spec);
  const { kernel } = description;
  if (options.componentImages !== "security-core") {
    const { initialTask, birth } = rootserver.link(kernel, spec, system.files);
    return { ...system, initialTask, rootserver: birth, securityCoreFiles: new Map() };
  }
  const mailbox = mailboxOf(description);
  const { initialTask, birth } = rootserver.link(kernel, spec, system.files, { mailbox });
  return { ...system, initialTask, rootserver: birth, securityCoreFiles: system.files };
}

/** Physical address of the mailbox's registers. */
function mailboxOf({ name, components }: SystemDescription): number {
  for (const { type, memory } of Object.values(components)) {
    const registers = type.name === MAILBOX_TYPE ? memory?.["mmio"] : undefined;
    if (registers !== undefined) return registers.paddr;
  }
  const message = `no component of type ${MAILBOX_TYPE}; images can come from the archive only`;
  throw new AssemblyError(name, [{ where: "componentImages", message }]);
}
