/** Register offsets of SiFive's PWM, in bytes; each register has 32 bits (FU540-C000 manual v1p4, chapter 14). */
export const SifivePwmRegister = {
  PWMCFG: 0x00,
  PWMCOUNT: 0x08,
  PWMS: 0x10,
  PWMCMP0: 0x20,
  PWMCMP1: 0x24,
  PWMCMP2: 0x28,
  PWMCMP3: 0x2c,
} as const;

/** Fields of `pwmcfg`. Those with `CMP0` are the first of four bits that follow each other, one per comparator. */
export const SifivePwmCfg = {
  PWMSCALE_MASK: 0xf,
  PWMSTICKY: 0x100,
  PWMZEROCMP: 0x200,
  PWMDEGLITCH: 0x400,
  PWMENALWAYS: 0x1000,
  PWMENONESHOT: 0x2000,
  PWMCMP0CENTER: 0x10000,
  PWMCMP0GANG: 0x1000000,
  PWMCMP0IP: 0x10000000,
} as const;

/** Bits of `pwms` and of the comparators. */
export const SIFIVE_PWM_CMP_WIDTH = 16;
/** Comparators, and interrupts. */
export const SIFIVE_PWM_COMPARATORS = 4;
