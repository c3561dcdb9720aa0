import { fullHart, type PlatformDescription, type Xlen } from "@cantrip/hw-riscv";
import { nexus, qemuVirt, sifiveU, sparrow } from "@cantrip/hw-riscv/platforms";
import { UsageError } from "../usage-error.ts";

/** A board that `cantrip run` knows. */
interface Board {
  /** Widths of a register that it has. */
  readonly xlens: readonly Xlen[];
  readonly make: (xlen: Xlen) => PlatformDescription;
}

const BOARDS: Readonly<Record<string, Board>> = {
  "qemu-virt": { xlens: [32, 64], make: (xlen) => qemuVirt({ hart: fullHart(xlen) }) },
  "sifive-u": { xlens: [64], make: () => sifiveU() },
  nexus: { xlens: [32], make: () => nexus() },
  sparrow: { xlens: [32], make: () => sparrow() },
};

/** Finds a board by its name, with a hart of a width. @throws UsageError naming what is known */
export function findBoard(name: string, xlen: Xlen): PlatformDescription {
  const board = BOARDS[name];
  if (board === undefined)
    throw new UsageError(`--platform ${name}: known: ${Object.keys(BOARDS).join(", ")}`);
  if (!board.xlens.includes(xlen))
    throw new UsageError(
      `--platform ${name}: it has ${board.xlens.join(" or ")} bits, not ${xlen}`,
    );
  return board.make(xlen);
}
