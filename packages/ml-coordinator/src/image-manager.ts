import { MlCoordError } from "@cantrip/interfaces/ml-coordinator";
import { MlFailure } from "./ml-failure.ts";
import { type ModelPart, type ModelSizes, RESIDENT_PARTS, residentBytes } from "./model-image.ts";

/** A model in the core's memory. */
interface ResidentImage {
  readonly model: number;
  readonly sizes: ModelSizes;
  readonly bytes: number;
  /** Offset of its first byte. */
  offset: number;
}

/** Bytes that have to be moved down before a new image is written. */
export interface ImageMove {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** A place for a new image. */
export interface ImagePlacement {
  /** To be done in this order. */
  readonly moves: readonly ImageMove[];
  /** Models that are not in the memory any more. */
  readonly evicted: readonly number[];
}

/**
 * Allocates the core's memory: images from the bottom up, and at the top one area for the temporary data of whichever
 * model runs. Corresponds to `ImageManager`.
 *
 * Images are moved only when a new one is placed, and that happens only while the core stands.
 */
export class ImageManager {
  readonly #size: number;
  #images: ResidentImage[] = [];

  /** @param size - bytes of the core's memory */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether a model is in the memory. */
  has(model: number): boolean {
    return this.#find(model) !== undefined;
  }

  /** Sizes of a model's parts. @throws RangeError when it is not in the memory */
  sizesOf(model: number): ModelSizes {
    return this.#resident(model).sizes;
  }

  /** Offset of a part of a model. @throws RangeError when it is not in the memory */
  offsetOf(model: number, wanted: ModelPart): number {
    const { sizes, offset } = this.#resident(model);
    if (wanted === "temporaryData") return this.#size - this.#temporaryBytes(0);
    let at = offset;
    for (const part of RESIDENT_PARTS) {
      if (part === wanted) break;
      at += sizes[part];
    }
    return at;
  }

  /** @throws MlFailure `InvalidImage` when the memory could not hold a model of these sizes if it were empty */
  check(sizes: ModelSizes): void {
    const bytes = residentBytes(sizes) + sizes.temporaryData;
    if (bytes > this.#size) {
      throw new MlFailure(
        MlCoordError.InvalidImage,
        `too big: ${bytes} bytes for a memory of ${this.#size}`,
      );
    }
  }

  /**
   * Makes room for a model, at the cost of those that were loaded last.
   *
   * @throws MlFailure `InvalidImage` when the memory could not hold it if it were empty; nothing changes then
   */
  place(model: number, sizes: ModelSizes): ImagePlacement {
    this.check(sizes);
    const bytes = residentBytes(sizes);
    this.remove(model);
    const evicted: number[] = [];
    while (this.#residentBytes() + bytes + this.#temporaryBytes(sizes.temporaryData) > this.#size) {
      const last = this.#images.pop();
      if (last !== undefined) evicted.push(last.model);
    }
    const moves: ImageMove[] = [];
    let end = 0;
    for (const image of this.#images) {
      if (image.offset !== end) moves.push({ from: image.offset, to: end, bytes: image.bytes });
      image.offset = end;
      end += image.bytes;
    }
    this.#images.push({ model, sizes, bytes, offset: end });
    return { moves, evicted };
  }

  /** Forgets a model; its bytes stay where they are until the next {@link place}. */
  remove(model: number): void {
    this.#images = this.#images.filter((image) => image.model !== model);
  }

  /** Lines for the log: bounds and images. */
  describe(): string[] {
    const top = this.#images.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes), 0);
    const bottom = this.#size - this.#temporaryBytes(0);
    return [
      `tcm: images to ${hex(top)}, temporary data from ${hex(bottom)} to ${hex(this.#size)}`,
      ...this.#images.map(
        ({ model, offset, bytes }) => `image ${model}: ${hex(offset)} ${bytes} bytes`,
      ),
    ];
  }

  #find(model: number): ResidentImage | undefined {
    return this.#images.find((image) => image.model === model);
  }
  #resident(model: number): ResidentImage {
    const image = this.#find(model);
    if (image === undefined) throw new RangeError(`model ${model} is not in the memory`);
    return image;
  }
  #residentBytes(): number {
    return this.#images.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  #temporaryBytes(atLeast: number): number {
    return this.#images.reduce((most, { sizes }) => Math.max(most, sizes.temporaryData), atLeast);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
