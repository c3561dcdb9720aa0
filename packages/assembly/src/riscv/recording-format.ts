import type { MachineInput } from "@cantrip/hw-riscv";
import type { Recording } from "./recording.ts";

/** Name of an encoded recording's format, with its version. */
const FORMAT = "cantrip-recording-1";

/** The text of a recording: JSON with bytes in hexadecimal. */
export function encodeRecording(recording: Recording): string {
  return JSON.stringify({ format: FORMAT, ...recording }, (_key, value: unknown) =>
    value instanceof Uint8Array ? { hex: toHex(value) } : value,
  );
}

/**
 * Reads the text of a recording.
 *
 * @throws RangeError when it is none
 */
export function decodeRecording(text: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, part: unknown) => (isHex(part) ? fromHex(part.hex) : part));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RangeError(`not a recording: ${error.message}`, { cause: error });
  }
  checkRecording(value);
  return value;
}

function checkRecording(value: unknown): asserts value is Recording {
  if (!isRecord(value)) throw new RangeError("not a recording: no JSON object");
  if (value["format"] !== FORMAT)
    throw new RangeError(
      `not a recording: format ${JSON.stringify(value["format"])}; wanted ${FORMAT}`,
    );
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new RangeError(`not a recording: ${what}`);
  };
  const { system, inputs, end } = value;
  demand(typeof value["profile"] === "string", "no profile");
  demand(typeof value["platform"] === "string", "no platform");
  demand(typeof value["ramBytes"] === "number", "no ramBytes");
  demand(value["flash"] instanceof Uint8Array, "no flash");
  demand(value["image"] instanceof Uint8Array, "no image");
  const { kernelImage } = value;
  const isKernelImage = kernelImage === undefined || kernelImage instanceof Uint8Array;
  demand(isKernelImage, "a kernel image that is none");
  demand(isRecord(system) && isSystem(system), "no system");
  demand(Array.isArray(inputs) && inputs.every(isInputRecord), "an input that is none");
  demand(isRecord(end) && isCount(end["cycles"]) && isCount(end["instructions"]), "no end");
  demand(isRecord(end) && end["console"] instanceof Uint8Array, "no console bytes");
}

function isSystem(system: Readonly<Record<string, unknown>>): boolean {
  switch (system["kind"]) {
    case "assembly":
      return typeof system["name"] === "string";
    case "capdl":
      return (
        typeof system["text"] === "string" &&
        isRecord(system["files"]) &&
        Object.values(system["files"]).every((file) => file instanceof Uint8Array)
      );
    case "root-task":
      return system["elf"] instanceof Uint8Array;
    default:
      return false;
  }
}

function isInputRecord(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value["input"])) return false;
  return isCount(value["cycle"]) && isCount(value["instructions"]) && isInput(value["input"]);
}

function isInput(input: Readonly<Record<string, unknown>>): boolean {
  switch (input["kind"] as MachineInput["kind"]) {
    case "serial":
      return typeof input["device"] === "string" && input["bytes"] instanceof Uint8Array;
    case "interrupt-line":
      return isCount(input["source"]) && typeof input["isConnected"] === "boolean";
    case "bit-flip":
      return isCount(input["paddr"]) && isCount(input["bit"]);
    default:
      return false;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isHex(value: unknown): value is { readonly hex: string } {
  return (
    isRecord(value) &&
    typeof value["hex"] === "string" &&
    value["hex"].length % 2 === 0 &&
    !/[^0-9a-f]/.test(value["hex"])
  );
}

function toHex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return digits.join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
