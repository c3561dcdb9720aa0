import {
  BundleImageError,
  type BundleSource,
  type PlacedSection,
  readSection,
  readSections,
} from "@cantrip/bundle-image";
import type { ComponentThread } from "@cantrip/camkes-rpc";
import type { Task } from "@cantrip/hosted";
import { MlCoordError, type MlOutput } from "@cantrip/interfaces/ml-coordinator";
import type { ImageManager, ImageMove } from "../image-manager.ts";
import type { Model } from "../job-table.ts";
import { MlFailure } from "../ml-failure.ts";
import {
  isLoaded,
  measureModel,
  ModelPart,
  type ModelSizes,
  PART_PERMISSIONS,
  partOf,
} from "../model-image.ts";
import { OUTPUT_BYTES, parseOutput } from "../output-header.ts";
import type { SpringbokDriver } from "../springbok-driver.ts";
import { withModel } from "./model-frames.ts";

const MOVE_BYTES = 4096;
/** Springbok has six windows; a bound on what a bad image can make the coordinator hold. */
const MAX_SECTIONS = 16;

/** The core's memory as one thread reaches it: through its dataport. */
export class ModelMemory {
  readonly #thread: ComponentThread;
  readonly #images: ImageManager;
  readonly #address: number;
  readonly #paddr: number;

  /** @param paddr - physical address of the memory, in which the core's windows count */
  constructor(thread: ComponentThread, images: ImageManager, paddr: number) {
    const tcm = thread.birth.dataports["TCM"];
    if (tcm === undefined) throw new RangeError(`${thread.birth.name} has no dataport "TCM"`);
    this.#thread = thread;
    this.#images = images;
    this.#address = tcm.address;
    this.#paddr = paddr;
  }

  /** Reads a model's image and checks all of it. @throws MlFailure */
  *validate(model: Pick<Model, "bundleId" | "modelId">): Task<void> {
    const images = this.#images;
    yield* withModel(this.#thread, model, (source) =>
      checked(function* () {
        const sections = yield* readSections(source, MAX_SECTIONS);
        images.check(measureModel(sections.map(({ header }) => header)));
        for (const section of sections) yield* readSection(source, section);
      }),
    );
  }

  /** Brings a model into the core's memory, if it is not there. The core stands meanwhile. @throws MlFailure */
  *load(model: Model): Task<void> {
    if (this.#images.has(model.index)) return;
    yield* withModel(this.#thread, model, (source) => checked(() => this.#place(model, source)));
  }

  *#place(model: Model, source: BundleSource): Task<void> {
    const sections = yield* readSections(source, MAX_SECTIONS);
    const sizes = measureModel(sections.map(({ header }) => header));
    const { moves } = this.#images.place(model.index, sizes);
    for (const move of moves) this.#move(move);
    try {
      for (const section of sections) yield* this.#write(model, sizes, source, section);
    } catch (error) {
      this.#images.remove(model.index);
      throw error;
    }
  }

  *#write(
    model: Model,
    sizes: ModelSizes,
    source: BundleSource,
    section: PlacedSection,
  ): Task<void> {
    const part = partOf(section.header);
    if (part === undefined || !isLoaded(part)) return;
    const { context } = this.#thread;
    const address = this.#address + this.#images.offsetOf(model.index, part);
    const { fsize } = section.header;
    yield* readSection(source, section, (piece, at) => {
      context.copyOut(address + at, piece);
    });
    context.fill(address + fsize, sizes[part] - fsize, 0);
  }

  #move({ from, to, bytes }: ImageMove): void {
    const { context } = this.#thread;
    const buffer = new Uint8Array(MOVE_BYTES);
    // Downwards and in ascending order: the two may overlap.
    for (let done = 0; done < bytes; done += MOVE_BYTES) {
      const piece = buffer.subarray(0, Math.min(MOVE_BYTES, bytes - done));
      context.copyIn(this.#address + from + done, piece);
      context.copyOut(this.#address + to + done, piece);
    }
  }

  /** Clears what a run must not find, and opens the windows of a model that is in the memory. */
  prepare(model: Model, core: SpringbokDriver): void {
    const { context } = this.#thread;
    const sizes = this.#images.sizesOf(model.index);
    for (const part of Object.keys(ModelPart) as ModelPart[]) {
      const offset = this.#images.offsetOf(model.index, part);
      if (part === "modelOutput" || part === "temporaryData") {
        context.fill(this.#address + offset, sizes[part], 0);
      }
      core.setWindow(ModelPart[part], this.#paddr + offset, sizes[part], PART_PERMISSIONS[part]);
    }
  }

  /** What the model that has just run left behind. */
  output(model: Model): Omit<MlOutput, "jobnum"> {
    const bytes = new Uint8Array(OUTPUT_BYTES);
    const offset = this.#images.offsetOf(model.index, "modelOutput");
    this.#thread.context.copyIn(this.#address + offset, bytes);
    return parseOutput(bytes);
  }
}

/** Gives what is wrong with an image the code that the client gets. */
function* checked<T>(body: () => Task<T>): Task<T> {
  try {
    return yield* body();
  } catch (error) {
    if (!(error instanceof BundleImageError)) throw error;
    throw new MlFailure(MlCoordError.InvalidImage, error.message, { cause: error });
  }
}
