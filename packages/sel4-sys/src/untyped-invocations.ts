import type { Task } from "@cantrip/hosted";
import type { KernelConfig } from "@cantrip/sel4-config";
import type { Invoker } from "./invoker.ts";

/** What `seL4_Untyped_Retype` makes, and where. */
export interface RetypeArguments {
  /** Object type number of the kernel's configuration. */
  readonly type: number;
  /** log2 of slots (CNode) or bytes (untyped, scheduling context); 0 for other types. */
  readonly sizeBits: number;
  readonly root: number;
  readonly nodeIndex: number;
  /** 0: the CNode is `root` itself. */
  readonly nodeDepth: number;
  /** First slot. */
  readonly nodeOffset: number;
  readonly count: number;
}

/** Untyped memory. */
export class UntypedInvocations {
  readonly #sel4: Invoker;
  constructor(sel4: Invoker) {
    this.#sel4 = sel4;
  }

  /** Makes objects. Corresponds to `seL4_Untyped_Retype`. */
  retype(untyped: number, args: RetypeArguments): Task<void> {
    const { type, sizeBits, root, nodeIndex, nodeDepth, nodeOffset, count } = args;
    const words = [type, sizeBits, nodeIndex, nodeDepth, nodeOffset, count];
    return this.#sel4.invoke(
      "seL4_Untyped_Retype",
      untyped,
      this.#sel4.config.label.untypedRetype,
      words,
      [root],
    );
  }
}

/** What is left of an untyped. */
export interface UntypedDescription {
  /** Bytes from the first free one on; all of them when nothing has been made of it. */
  readonly remainingBytes: number;
  readonly sizeBits: number;
}

/** Untyped memory of a kernel that can describe it, as the CantripOS fork can. */
export class DescribableUntypedInvocations extends UntypedInvocations {
  readonly #sel4: Invoker;
  readonly #label: number;

  /** @param label - `untypedDescribe` of the kernel's configuration */
  constructor(sel4: Invoker, label: number) {
    super(sel4);
    this.#sel4 = sel4;
    this.#label = label;
  }

  /** What is left of an untyped. Corresponds to `seL4_Untyped_Describe` of the CantripOS fork. */
  *describe(untyped: number): Task<UntypedDescription> {
    yield* this.#sel4.invoke("seL4_Untyped_Describe", untyped, this.#label, [], []);
    return {
      remainingBytes: this.#sel4.messageRegister(0),
      sizeBits: this.#sel4.messageRegister(1),
    };
  }
}

/**
 * Invocations of untyped memory that a kernel of this configuration has. Of a `KernelConfig` that may be any,
 * `"describe" in sel4.untyped` tells.
 */
export type UntypedOf<Config extends KernelConfig> = ByLabel<Config["label"]["untypedDescribe"]>;

type ByLabel<Label> = Label extends number ? DescribableUntypedInvocations : UntypedInvocations;

/** The invocations of untyped memory that `config` has. */
export function untypedInvocations<Config extends KernelConfig>(
  sel4: Invoker,
  config: Config,
): UntypedOf<Config>;
export function untypedInvocations(sel4: Invoker, config: KernelConfig): UntypedOf<KernelConfig> {
  const { untypedDescribe } = config.label;
  return untypedDescribe === undefined
    ? new UntypedInvocations(sel4)
    : new DescribableUntypedInvocations(sel4, untypedDescribe);
}
