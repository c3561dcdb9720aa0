import type { DeviceDescription } from "@cantrip/hw-riscv";
import { ControlBlock } from "./control-block.ts";
import { TightlyCoupledMemory } from "./tightly-coupled-memory.ts";

/** Where and how big the core's parts are; sparrow's values where absent. */
export interface SpringbokOptions {
  /** Physical address of the control registers; 0x47000000. */
  readonly csrBase?: number;
  /** Physical address of the core's memory; 0x34000000. */
  readonly tcmBase?: number;
  /** Bytes of the core's memory; 16 MiB. */
  readonly tcmSize?: number;
  /** Sources of host_req, finish, instruction_fault and data_fault; 13 to 16. */
  readonly interrupts?: readonly number[];
  /** Instructions that the core executes at a time, which is also what an interrupt may be late by, in cycles; 1000. */
  readonly sliceInstructions?: number;
}

const CSR_BYTES = 0x1000;
const DEFAULT_TCM_BYTES = 0x100_0000;
const DEFAULT_SLICE = 1000;

/** The Springbok ML core: its memory and its control block, as devices of a machine. */
export function springbok(options: SpringbokOptions = {}): DeviceDescription[] {
  const tcmBase = options.tcmBase ?? 0x34000000;
  const tcmSize = options.tcmSize ?? DEFAULT_TCM_BYTES;
  // A machine creates its devices in order, so the control block meets the memory of its own machine.
  let latest: TightlyCoupledMemory | undefined;
  return [
    {
      name: "vctop-tcm",
      base: tcmBase,
      size: tcmSize,
      create: () => (latest = new TightlyCoupledMemory(tcmBase, tcmSize)),
    },
    {
      name: "vctop-csr",
      base: options.csrBase ?? 0x47000000,
      size: CSR_BYTES,
      interrupts: options.interrupts ?? [13, 14, 15, 16],
      create(environment) {
        if (latest === undefined) throw new Error("the control block needs the device before it");
        const tcm = latest;
        latest = undefined;
        return new ControlBlock(
          environment.clock,
          environment.interrupts,
          tcm,
          options.sliceInstructions ?? DEFAULT_SLICE,
        );
      },
    },
  ];
}
