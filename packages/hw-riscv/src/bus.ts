/** A level-sensitive interrupt line from a device. */
export interface InterruptLine {
  /** Drives the line. */
  set(level: boolean): void;
}

/** A device as the bus sees it. Offsets count from the start of its region. */
export interface BusDevice {
  /** Reads `size` (1, 2 or 4) bytes at an offset aligned to `size`, little endian, unsigned or signed. */
  read(offset: number, size: number): number;
  /** Writes the low `size` bytes of `value`. */
  write(offset: number, value: number, size: number): void;
  /** Contents that can be read directly (flash): reads bypass {@link read}. */
  readonly contents?: Uint8Array;
  /** Stores raise an access fault. */
  readonly readOnly?: boolean;
}

/** An address range of the bus. */
export interface BusRegion {
  /** Name on the platform, for lists and errors. */
  readonly name: string;
  /** Physical address of the first byte. */
  readonly base: number;
  /** Bytes. */
  readonly size: number;
  readonly device: BusDevice;
}

/** Finds devices by physical address. An access to nothing, across a region's end or misaligned, is refused. */
export class Bus {
  readonly #regions: BusRegion[] = [];

  /** The regions in the order in which they were added. */
  get regions(): readonly BusRegion[] {
    return this.#regions;
  }

  /** @throws RangeError when the region overlaps another */
  add(region: BusRegion): void {
    for (const other of this.#regions) {
      if (region.base < other.base + other.size && other.base < region.base + region.size) {
        throw new RangeError(`bus region ${region.name} overlaps ${other.name}`);
      }
    }
    this.#regions.push(region);
  }

  /** The region that holds a physical address. */
  find(physical: number): BusRegion | undefined {
    for (const region of this.#regions) {
      const offset = physical - region.base;
      if (offset >= 0 && offset < region.size) return region;
    }
    return undefined;
  }

  /** Reads; `undefined` is an access fault. */
  read(physical: number, size: number): number | undefined {
    const region = this.find(physical);
    if (region === undefined) return undefined;
    const offset = physical - region.base;
    if (offset % size !== 0 || offset + size > region.size) return undefined;
    const contents = region.device.contents;
    if (contents === undefined) return region.device.read(offset, size);
    let value = 0;
    for (let index = 0; index < size; index++) {
      value |= (contents[offset + index] ?? ERASED) << (8 * index);
    }
    return value;
  }

  /** Writes; `false` is an access fault. */
  write(physical: number, value: number, size: number): boolean {
    const region = this.find(physical);
    if (region === undefined || region.device.readOnly === true) return false;
    const offset = physical - region.base;
    if (offset % size !== 0 || offset + size > region.size) return false;
    region.device.write(offset, value, size);
    return true;
  }
}

/** What erased flash reads as. */
const ERASED = 0xff;
