import { type SectionHeader, SectionType } from "@cantrip/bundle-image";
import {
  SPRINGBOK_WINDOW_BASE,
  SPRINGBOK_WINDOW_STRIDE,
  VcTopPermission,
} from "@cantrip/hw-ml-accel/registers";
import { MlCoordError } from "@cantrip/interfaces/ml-coordinator";
import { MlFailure } from "./ml-failure.ts";

/** Parts of a model's memory. The value is the window through which the core sees the part. */
export const ModelPart = {
  text: 0,
  constantData: 1,
  modelOutput: 2,
  staticData: 3,
  modelInput: 4,
  temporaryData: 5,
} as const;
export type ModelPart = keyof typeof ModelPart;

const { READ, WRITE, EXECUTE } = VcTopPermission;

/** What the core may do with each part. */
export const PART_PERMISSIONS: Readonly<Record<ModelPart, number>> = {
  text: READ | EXECUTE,
  constantData: READ,
  modelOutput: READ | WRITE,
  staticData: READ | WRITE,
  modelInput: READ,
  temporaryData: READ | WRITE,
};

/** Bytes of each part, whole pages (`ImageSizes`). */
export type ModelSizes = Readonly<Record<ModelPart, number>>;

/** Parts that a model keeps while it is in the core's memory, in the order in which they lie there. */
export const RESIDENT_PARTS: readonly ModelPart[] = [
  "modelInput",
  "text",
  "constantData",
  "modelOutput",
  "staticData",
];

/** Parts that the coordinator fills from the image. */
const LOADED_PARTS: readonly ModelPart[] = ["text", "constantData", "staticData", "modelInput"];

const PAGE_BYTES = 0x1000;
const PARTS = Object.keys(ModelPart) as readonly ModelPart[];

/** The part of a section, by its address; `undefined` outside the windows. */
export function partOf({ vaddr }: Pick<SectionHeader, "vaddr">): ModelPart | undefined {
  return PARTS.find(
    (part) => vaddr === SPRINGBOK_WINDOW_BASE + ModelPart[part] * SPRINGBOK_WINDOW_STRIDE,
  );
}

/** Whether the bytes of a part come from the image. */
export function isLoaded(part: ModelPart): boolean {
  return LOADED_PARTS.includes(part);
}

/**
 * Sizes of a model's parts.
 *
 * @throws MlFailure `InvalidImage` for an image that is not for Springbok, or that has no text or no output
 */
export function measureModel(sections: readonly SectionHeader[]): ModelSizes {
  const sizes: Record<ModelPart, number> = {
    text: 0,
    constantData: 0,
    modelOutput: 0,
    staticData: 0,
    modelInput: 0,
    temporaryData: 0,
  };
  for (const section of sections) {
    const part = partOf(section);
    const where = `section at 0x${section.vaddr.toString(16)}`;
    if (section.ftype !== SectionType.Springbok) throw invalid(`${where} is not for Springbok`);
    if (part === undefined) throw invalid(`${where} is in no window of Springbok`);
    if (sizes[part] !== 0) throw invalid(`${where} is the second of its window`);
    if (section.msize > SPRINGBOK_WINDOW_STRIDE)
      throw invalid(`${where} is larger than its window`);
    sizes[part] = Math.ceil(section.msize / PAGE_BYTES) * PAGE_BYTES;
  }
  if (sizes.text === 0) throw invalid("the model has no text");
  if (sizes.modelOutput === 0) throw invalid("the model has no output");
  return sizes;
}

/** Bytes that a model needs for itself. */
export function residentBytes(sizes: ModelSizes): number {
  return RESIDENT_PARTS.reduce((sum, part) => sum + sizes[part], 0);
}

function invalid(message: string): MlFailure {
  return new MlFailure(MlCoordError.InvalidImage, message);
}
