import type { Spec } from "@cantrip/capdl";
import { writeSpecImage } from "@cantrip/capdl/image";
import type { RootserverBirth } from "@cantrip/rootserver";
import type { SystemDescription } from "./description.ts";
import type { InitialTaskImage } from "./initial-task.ts";
import { RootserverEntry } from "./link-rootserver.ts";
import { realiseSystem, type RealisedSystem } from "./realise-system.ts";

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
  const rootserver = new RootserverEntry();
  const system = realiseSystem(description, rootserver);
  const spec = writeSpecImage(options.spec ?? system.spec);
  options.alterSpec?.(spec);
  const { initialTask, birth } = rootserver.link(description.kernel, spec, system.files);
  return { ...system, initialTask, rootserver: birth };
}
