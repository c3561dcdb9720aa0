import type { ApplicationMain } from "@cantrip/sdk";
import { fibonacci } from "./fibonacci.ts";
import { hello } from "./hello.ts";
import { keyval } from "./keyval.ts";
import { logtest } from "./logtest.ts";
import { panic } from "./panic.ts";
import { suicide } from "./suicide.ts";
import { timer } from "./timer.ts";

/** The samples in TypeScript, by name. */
export const samples: Readonly<Record<string, ApplicationMain>> = {
  fibonacci,
  hello,
  keyval,
  logtest,
  panic,
  suicide,
  timer,
};
