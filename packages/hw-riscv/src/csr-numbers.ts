/** Control and status registers, by the numbers of the privileged specification. */
export const Csr = {
  fflags: 0x001,
  frm: 0x002,
  fcsr: 0x003,
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mstatush: 0x310,
  menvcfgh: 0x31a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  tselect: 0x7a0,
  tdata1: 0x7a1,
  tdata2: 0x7a2,
  tdata3: 0x7a3,
  mcycle: 0xb00,
  minstret: 0xb02,
  mcycleh: 0xb80,
  minstreth: 0xb82,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  cycleh: 0xc80,
  timeh: 0xc81,
  instreth: 0xc82,
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
} as const;

/** Registers of which there are many, by the name of the first, its number in the name, its CSR number, and how many. */
const SERIES = [
  ["pmpcfg", 0, Csr.pmpcfg0, 4],
  ["pmpaddr", 0, Csr.pmpaddr0, 16],
  ["mhpmevent", 3, 0x323, 29],
  ["mhpmcounter", 3, 0xb03, 29],
  ["hpmcounter", 3, 0xc03, 29],
] as const;

/** Numbers of all control and status registers by their names. */
export const CSR_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(Csr),
  ...SERIES.flatMap(([name, first, number, count]) =>
    Array.from({ length: count }, (_, index): [string, number] => [
      `${name}${first + index}`,
      number + index,
    ]),
  ),
]);

/** First register of each group of selectors and event counters: of machine mode, and as others see them. */
const COUNTER_GROUPS = [0x320, 0xb00, 0xb80, 0xc00, 0xc80];

/** Which event counters, and their selectors, exist: they never count. */
export function isEventCounter(csr: number): boolean {
  const index = csr & 0x1f;
  const group = csr & ~0x1f;
  return index >= 3 && COUNTER_GROUPS.includes(group);
}
