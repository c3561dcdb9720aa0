/** Indices of an array in brackets; both ends optional. `undefined` for `[]`, which is all of them. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A name, maybe with indices. */
export interface NameRef {
  readonly base: string;
  /** `undefined` without brackets, empty for `[]`. */
  readonly ranges: readonly Range[] | undefined;
  readonly offset: number;
}

/** A parameter in parentheses, of an object or of a capability. */
export interface Parameter {
  readonly key: string;
  readonly value: ParameterValue;
  readonly offset: number;
}

export type ParameterValue =
  number | boolean | undefined | readonly number[] | readonly RawFill[] | SlotRefNode;

/** A fill of a frame, as its raw words. */
export interface RawFill {
  readonly words: readonly string[];
  readonly offset: number;
}

export interface ObjectNode {
  /** Untypeds in front, separated by `/`. */
  readonly path: readonly NameRef[];
  readonly name: NameRef;
  readonly type: string;
  readonly parameters: readonly Parameter[];
  readonly children: readonly (ObjectNode | NameRef)[] | undefined;
  readonly offset: number;
}

/** `(container, slot)`, or the name of a capability. */
export type SlotRefNode =
  { readonly container: NameRef; readonly slot: number } | { readonly capName: NameRef };

export interface MappingNode {
  readonly slot: number | undefined;
  readonly capName: NameRef | undefined;
  /** Whether `target` names a capability to copy instead of an object. */
  readonly isCopy: boolean;
  readonly target: NameRef;
  readonly parameters: readonly Parameter[];
  readonly parent: SlotRefNode | undefined;
  readonly offset: number;
}

export interface ContainerNode {
  readonly name: NameRef;
  readonly mappings: readonly MappingNode[];
}

export interface CapNameNode {
  readonly name: NameRef;
  readonly slot: SlotRefNode;
}

export interface IrqNode {
  readonly slot: number | undefined;
  readonly target: NameRef;
}

export interface CdtNode {
  readonly slot: SlotRefNode;
  readonly children: readonly CdtNode[];
  readonly offset: number;
}

export interface DomainsNode {
  readonly schedule: readonly (readonly [number, number])[];
  readonly start: number | "no_start";
  readonly indexShift: number;
}

export interface ModuleNode {
  readonly arch: string;
  readonly archOffset: number;
  readonly objects: ObjectNode[];
  readonly containers: ContainerNode[];
  readonly capNames: CapNameNode[];
  readonly irqs: IrqNode[];
  readonly cdt: CdtNode[];
  domains: DomainsNode | undefined;
}
