/**
 * Register offsets of `vc_top`, the control block of the Springbok core, in bytes.
 *
 * Source: CantripOS's `vc_top` driver.
 */
export const VcTopRegister = {
  /** Write 1 to clear. Bits: {@link VcTopInterrupt}. */
  INTR_STATE: 0x00,
  INTR_ENABLE: 0x04,
  /** Write 1 to set a bit of INTR_STATE. */
  INTR_TEST: 0x08,
  CTRL: 0x0c,
  MEMORY_BANK_CTRL: 0x10,
  ERROR_STATUS: 0x14,
  INIT_START: 0x18,
  INIT_END: 0x1c,
  INIT_STATUS: 0x20,
} as const;

/** Bits of the interrupt registers, which are also the order of the interrupt lines. */
export const VcTopInterrupt = {
  /** The core asks the host for something and is frozen. */
  HOST_REQ: 1,
  /** The program ended. */
  FINISH: 2,
  /** An instruction was refused or could not be fetched. */
  INSTRUCTION_FAULT: 4,
  /** A load or store was refused. */
  DATA_FAULT: 8,
} as const;

/** All bits of the interrupt registers. */
export const VC_TOP_INTERRUPTS = 0xf;

/** Fields of CTRL. */
export const VcTopCtrl = {
  /** The core stands still. */
  FREEZE: 1,
  /** The core is held in reset. When the bit falls, it starts at PC_START. */
  VC_RESET: 2,
  /** Byte offset in the text window, a multiple of 4. */
  PC_START_MASK: 0x7fffc,
} as const;

/** Reset value of CTRL: frozen and in reset. */
export const VC_TOP_CTRL_RESET: number = VcTopCtrl.FREEZE | VcTopCtrl.VC_RESET;

/** Bits of ERROR_STATUS that this model sets. */
export const VcTopError = {
  I_MEM_OUT_OF_RANGE: 1,
  D_MEM_OUT_OF_RANGE: 2,
} as const;

/** Windows through which the core sees its memory: registers from {@link VC_TOP_WINDOWS}, 16 bytes each. */
export const VcTopWindow = {
  /** Physical address of the first byte. */
  START_ADDRESS: 0x0,
  /** Bytes less one. */
  LENGTH: 0x4,
  /** Bits: {@link VcTopPermission}. */
  PERMISSIONS: 0x8,
} as const;

/** Offset of the first window's registers. */
export const VC_TOP_WINDOWS = 0x400;
/** Bytes from one window's registers to the next. */
export const VC_TOP_WINDOW_STRIDE = 0x10;
/** Number of windows. */
export const VC_TOP_WINDOW_COUNT = 64;

/** What a window lets the core do. */
export const VcTopPermission = {
  READ: 1,
  WRITE: 2,
  EXECUTE: 4,
} as const;

/** Where the core sees window 0. */
export const SPRINGBOK_WINDOW_BASE = 0x8000_0000;
/** Bytes of address space from one window to the next. */
export const SPRINGBOK_WINDOW_STRIDE = 0x100_0000;
