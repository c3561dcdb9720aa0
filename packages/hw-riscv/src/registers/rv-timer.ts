/**
 * Register offsets of the OpenTitan rv_timer for one hart with one comparator, in bytes.
 *
 * The layout is generated with the hardware; CantripOS has been built with two.
 */
export interface RvTimerLayout {
  /** `undefined` where the layout has none. */
  readonly ALERT_TEST: number | undefined;
  /** Bit 0: the timer counts. */
  readonly CTRL: number;
  readonly INTR_ENABLE0: number;
  /** Write 1 to clear; set again while the count has reached the comparator. */
  readonly INTR_STATE0: number;
  readonly INTR_TEST0: number;
  /** Prescale 11:0, step 23:16. */
  readonly CFG0: number;
  readonly TIMER_V_LOWER0: number;
  readonly TIMER_V_UPPER0: number;
  readonly COMPARE_LOWER0_0: number;
  readonly COMPARE_UPPER0_0: number;
}

/** The layout of current lowRISC sources. */
export const RV_TIMER_LAYOUT: RvTimerLayout = {
  ALERT_TEST: 0x000,
  CTRL: 0x004,
  INTR_ENABLE0: 0x100,
  INTR_STATE0: 0x104,
  INTR_TEST0: 0x108,
  CFG0: 0x10c,
  TIMER_V_LOWER0: 0x110,
  TIMER_V_UPPER0: 0x114,
  COMPARE_LOWER0_0: 0x118,
  COMPARE_UPPER0_0: 0x11c,
};

/** The layout of older sources. */
export const RV_TIMER_OLD_LAYOUT: RvTimerLayout = {
  ALERT_TEST: undefined,
  CTRL: 0x000,
  CFG0: 0x100,
  TIMER_V_LOWER0: 0x104,
  TIMER_V_UPPER0: 0x108,
  COMPARE_LOWER0_0: 0x10c,
  COMPARE_UPPER0_0: 0x110,
  INTR_ENABLE0: 0x114,
  INTR_STATE0: 0x118,
  INTR_TEST0: 0x11c,
};

/** Fields of CFG0. The count grows by STEP every PRESCALE + 1 clocks. */
export const RvTimerCfg = {
  PRESCALE_MASK: 0xfff,
  STEP_SHIFT: 16,
  STEP_MASK: 0xff0000,
} as const;

/** Reset value of CFG0: prescale 0, step 1. */
export const RV_TIMER_CFG_RESET = 0x00010000;
