export { ImageManager, type ImageMove, type ImagePlacement } from "./image-manager.ts";
export { JobTable, type Model, type ModelName } from "./job-table.ts";
export { MlFailure } from "./ml-failure.ts";
export { measureModel, ModelPart, type ModelSizes } from "./model-image.ts";
export { failedOutput, parseOutput } from "./output-header.ts";
