import { archTest } from "./arch-test.ts";
import { cantripApps } from "./cantrip-apps.ts";
import { capdlTool } from "./capdl-tool.ts";
import { kernels } from "./kernels.ts";
import { lockstep } from "./lockstep.ts";
import { riscvTests } from "./riscv-tests.ts";
import { sel4testImages } from "./sel4test-images.ts";
import { sel4test } from "./sel4test.ts";
import { shadow } from "./shadow.ts";
import type { OracleSuite } from "./suite.ts";
import { testfloat } from "./testfloat.ts";

/** Every outside suite that `pnpm test:oracles` knows. */
export const suites: readonly OracleSuite[] = [
  sel4test,
  sel4testImages,
  riscvTests,
  archTest,
  cantripApps,
  capdlTool,
  kernels,
  shadow,
  testfloat,
  lockstep,
];
