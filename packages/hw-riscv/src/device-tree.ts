import type { Interrupt } from "./cause.ts";

/** Value of a property: 32-bit cells, strings that follow each other, or nothing. */
export type DeviceTreeValue = readonly number[] | readonly string[];

/** A node of a device tree. */
export interface DeviceTreeNode {
  /** Properties in their order. */
  readonly properties: Readonly<Record<string, DeviceTreeValue>>;
  /** Nodes below it, by their names with unit addresses. */
  readonly nodes?: Readonly<Record<string, DeviceTreeNode>>;
}

/** An interrupt of a hart that a device drives; `undefined` where the device has an output that leads nowhere. */
export interface HartInterrupt {
  readonly hart: number;
  readonly interrupt: Interrupt | undefined;
}

/** What a device tree says about a device beside its addresses and interrupts, which the platform knows anyway. */
export interface DeviceTreeEntry {
  /** Name of the node, without its address: `serial`. */
  readonly node: string;
  readonly compatible: readonly string[];
  /** Other properties. */
  readonly properties?: Readonly<Record<string, DeviceTreeValue>>;
  /** For an interrupt controller: its greatest source. */
  readonly sources?: number;
  /** Interrupts of harts that it drives. */
  readonly drives?: readonly HartInterrupt[];
}

/** What a device tree says about a platform as a whole. */
export interface PlatformTree {
  readonly model: string;
  readonly compatible: readonly string[];
  /** Name of the device that is the console. */
  readonly console: string;
  /** Harts that the board has and the machine has not, by their numbers; they are `disabled`. */
  readonly missingHarts?: readonly number[];
}
