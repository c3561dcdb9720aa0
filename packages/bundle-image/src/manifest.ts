/** When an application that ended is started again. */
export type RestartPolicy = "never" | "on-failure" | "always";

/** What a bundle wants for its application. */
export interface BundleManifest {
  /** Bytes of the stack, a multiple of 4096. */
  readonly stackBytes: number;
  /** Bytes behind the image that are writable and zero, a multiple of 4096. Their address is in a4 and their number in a5 at the start. */
  readonly heapBytes: number;
  /** Priority and maximum controlled priority, 0 to 254. */
  readonly priority: number;
  /** Microseconds of the processor in each period. */
  readonly budgetUs: number;
  readonly periodUs: number;
  /** Names of the models that it uses; `undefined` for any. */
  readonly models: readonly string[] | undefined;
  /** Most keys that it stores; `undefined` for as many as there is room for. */
  readonly keys: number | undefined;
  /** Most bytes of its keys' names and values, of which each value takes 100; `undefined` for as many as there is room for. */
  readonly keyBytes: number | undefined;
  readonly restart: RestartPolicy;
  /** Most restarts in a row. */
  readonly maxRestarts: number;
}

/** What CantripOS gives every application, and gets one whose bundle has no manifest. */
export const DEFAULT_MANIFEST: BundleManifest = Object.freeze({
  stackBytes: 16_384,
  heapBytes: 0,
  priority: 254,
  budgetUs: 10_000,
  periodUs: 10_000,
  models: undefined,
  keys: undefined,
  keyBytes: undefined,
  restart: "never",
  maxRestarts: 3,
});

/** A manifest that is none. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  /** Line of the text, from 1; 0 for the whole. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(line === 0 ? `manifest: ${message}` : `manifest, line ${line}: ${message}`);
    this.line = line;
  }
}

const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;
/** What a bundle may ask for: more could not be told to those who keep to it. */
const MAX_MODELS = 32;
const MODEL_NAME = /^[!-+\--~]{1,60}$/;
const MAX_KEYS = 1024;
const RESTART_POLICIES: readonly RestartPolicy[] = ["never", "on-failure", "always"];

/**
 * Reads a manifest: lines `Name=value` below a line `[Manifest]`, and comments that begin with `#`, as in CantripOS's.
 * Lines that are left out have the values of {@link DEFAULT_MANIFEST}; `BundleId` is passed over.
 *
 * @throws ManifestError
 */
export function parseManifest(text: string): BundleManifest {
  let manifest: BundleManifest = DEFAULT_MANIFEST;
  const seen = new Set<string>();
  let isInside = false;
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line === "[Manifest]") {
      isInside = true;
      continue;
    }
    const equals = line.indexOf("=");
    if (!isInside || equals < 0) throw new ManifestError(index + 1, `"${line}" is no field`);
    const name = line.slice(0, equals).trim();
    if (seen.has(name)) throw new ManifestError(index + 1, `a second ${name}`);
    seen.add(name);
    manifest = { ...manifest, ...parseField(name, line.slice(equals + 1).trim(), index + 1) };
  }
  if (!isInside) throw new ManifestError(0, "no line [Manifest]");
  if (manifest.budgetUs > manifest.periodUs)
    throw new ManifestError(0, `budget ${manifest.budgetUs} above period ${manifest.periodUs}`);
  return manifest;
}

/** The text of a manifest: every field that is not as in {@link DEFAULT_MANIFEST}. */
export function formatManifest(manifest: BundleManifest): string {
  const fields: readonly (readonly [string, string | number | undefined, unknown])[] = [
    ["StackBytes", manifest.stackBytes, DEFAULT_MANIFEST.stackBytes],
    ["HeapBytes", manifest.heapBytes, DEFAULT_MANIFEST.heapBytes],
    ["Priority", manifest.priority, DEFAULT_MANIFEST.priority],
    ["BudgetUs", manifest.budgetUs, DEFAULT_MANIFEST.budgetUs],
    ["PeriodUs", manifest.periodUs, DEFAULT_MANIFEST.periodUs],
    ["Models", manifest.models?.join(","), undefined],
    ["Keys", manifest.keys, undefined],
    ["KeyBytes", manifest.keyBytes, undefined],
    ["Restart", manifest.restart, DEFAULT_MANIFEST.restart],
    ["MaxRestarts", manifest.maxRestarts, DEFAULT_MANIFEST.maxRestarts],
  ];
  const lines = fields
    .filter(([, value, usual]) => value !== usual)
    .map(([name, value]) => `${name}=${String(value)}\n`);
  return `[Manifest]\n${lines.join("")}`;
}

function parseField(name: string, value: string, line: number): Partial<BundleManifest> {
  const number = (min: number, max: number, unit = 1): number => {
    const parsed = /^\d+$/.test(value) ? Number(value) : -1;
    if (parsed < min || parsed > max || parsed % unit !== 0) {
      const multiple = unit === 1 ? "" : `, a multiple of ${unit}`;
      throw new ManifestError(line, `${name}=${value}: wanted ${min} to ${max}${multiple}`);
    }
    return parsed;
  };
  switch (name) {
    case "BundleId":
      return {};
    case "StackBytes":
      return { stackBytes: number(PAGE_BYTES, MIB, PAGE_BYTES) };
    case "HeapBytes":
      return { heapBytes: number(0, 64 * MIB, PAGE_BYTES) };
    case "Priority":
      return { priority: number(0, 254) };
    case "BudgetUs":
      return { budgetUs: number(100, 1e9) };
    case "PeriodUs":
      return { periodUs: number(100, 1e9) };
    case "Models":
      return { models: parseModels(value, line) };
    case "Keys":
      return { keys: number(0, MAX_KEYS) };
    case "KeyBytes":
      return { keyBytes: number(0, MIB) };
    case "Restart": {
      const restart = RESTART_POLICIES.find((policy) => policy === value);
      if (restart !== undefined) return { restart };
      throw new ManifestError(line, `Restart=${value}: wanted ${RESTART_POLICIES.join(", ")}`);
    }
    case "MaxRestarts":
      return { maxRestarts: number(0, 1000) };
    default:
      throw new ManifestError(line, `unknown field ${name}`);
  }
}

function parseModels(value: string, line: number): string[] {
  const models = value === "" ? [] : value.split(",").map((model) => model.trim());
  const odd = models.find((model) => !MODEL_NAME.test(model));
  if (odd !== undefined)
    throw new ManifestError(line, `Models: "${odd}": wanted names of 1 to 60 characters of ASCII`);
  if (models.length > MAX_MODELS)
    throw new ManifestError(line, `Models: ${models.length} names: wanted at most ${MAX_MODELS}`);
  return models;
}
