import type { Machine } from "@cantrip/hw-riscv";
import { Ns16550, SifiveUart } from "@cantrip/hw-riscv/devices";
import {
  Ns16550Lsr,
  Ns16550Register,
  SifiveUartData,
  SifiveUartRegister,
  SifiveUartRxctrl,
} from "@cantrip/hw-riscv/registers";

/** Reads a UART as firmware does: a received byte, or `undefined`. There is nothing for a UART that is not known here. */
export function receiverOf(machine: Machine, name: string): (() => number | undefined) | undefined {
  const device = machine.device(name);
  if (device instanceof Ns16550) {
    return () => {
      const status = device.read(Ns16550Register.LSR);
      return (status & Ns16550Lsr.DATA_READY) === 0 ? undefined : device.read(Ns16550Register.DATA);
    };
  }
  if (device instanceof SifiveUart) {
    device.write(SifiveUartRegister.RXCTRL, SifiveUartRxctrl.RXEN, 4);
    return () => {
      const data = device.read(SifiveUartRegister.RXDATA, 4);
      return data === SifiveUartData.EMPTY ? undefined : data;
    };
  }
  return undefined;
}
