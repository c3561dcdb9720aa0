import { MAX_OUTPUT_DATA, type MlOutput } from "@cantrip/interfaces/ml-coordinator";

/** Bytes of the header at the start of a Springbok model's output: return code, epc, length; the data follows. */
const OUTPUT_HEADER_BYTES = 12;
/** Bytes of the output that the coordinator looks at. */
export const OUTPUT_BYTES: number = OUTPUT_HEADER_BYTES + MAX_OUTPUT_DATA;

/**
 * Reads the output of a run.
 *
 * @param bytes - the first {@link OUTPUT_BYTES} bytes of the output
 */
export function parseOutput(bytes: Uint8Array): Omit<MlOutput, "jobnum"> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Math.min(view.getUint32(8, true), MAX_OUTPUT_DATA);
  const data = new Uint8Array(MAX_OUTPUT_DATA);
  data.set(bytes.subarray(OUTPUT_HEADER_BYTES, OUTPUT_HEADER_BYTES + length));
  return { returnCode: view.getUint32(0, true), epc: view.getUint32(4, true), data };
}

/** What stands for the output of a run that gave none. */
export function failedOutput(returnCode: number): Omit<MlOutput, "jobnum"> {
  return { returnCode, epc: undefined, data: new Uint8Array(MAX_OUTPUT_DATA) };
}
