import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { RuleTester } from "@typescript-eslint/rule-tester";
import { afterAll, describe, it } from "vitest";
import plugin from "../index.js";

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures");
const tester = new RuleTester({
  languageOptions: {
    parserOptions: { projectService: true, tsconfigRootDir: fixtures },
  },
});

const prelude = `
  type StepEnd = { readonly kind: "ecall" } | { readonly kind: "pause" };
  type Task<T> = Iterable<StepEnd, T, undefined>;
  declare function work(): Task<number>;
  declare function use(task: Task<number>): void;
`;

tester.run("no-floating-task", plugin.rules["no-floating-task"], {
  valid: [
    `${prelude} function* run(): Task<void> { yield* work(); }`,
    `${prelude} function run(): Task<number> { return work(); }`,
    `${prelude} use(work());`,
    `declare function plain(): number[]; plain();`,
  ],
  invalid: [
    {
      code: `${prelude} function* run(): Task<void> { work(); }`,
      errors: [{ messageId: "floating" }],
    },
    {
      code: `${prelude} function run(): void { void work(); }`,
      errors: [{ messageId: "floating" }],
    },
    {
      code: `${prelude} function run(b: boolean): void { b && work(); }`,
      errors: [{ messageId: "floating" }],
    },
    {
      code: `${prelude} function* run(): unknown { yield work(); }`,
      errors: [{ messageId: "plainYield" }],
    },
  ],
});

tester.run("no-task-in-callback", plugin.rules["no-task-in-callback"], {
  valid: [
    `[1].forEach((n) => n + 1);`,
    `declare function each(f: unknown): void; each(function* () { yield 1; });`,
  ],
  invalid: [
    { code: `[1].forEach(function* () { yield 1; });`, errors: [{ messageId: "callback" }] },
    { code: `[1].map(function* () { yield 1; });`, errors: [{ messageId: "callback" }] },
  ],
});

tester.run("no-nondeterminism", plugin.rules["no-nondeterminism"], {
  valid: [
    `const now = (clock: { now(): number }) => clock.now();`,
    `const x = Math.floor(1.5);`,
    `interface Date2 {}`,
  ],
  invalid: [
    { code: `const now = Date.now();`, errors: [{ messageId: "host" }] },
    { code: `const r = Math.random();`, errors: [{ messageId: "host" }] },
    { code: `const s = Math.sin(1);`, errors: [{ messageId: "host" }] },
    { code: `const t = "a".localeCompare("b");`, errors: [{ messageId: "host" }] },
    { code: `async function f() {}`, errors: [{ messageId: "asynchronous" }] },
    { code: `let count = 0;`, errors: [{ messageId: "mutable" }] },
    { code: `setTimeout(() => 1, 5);`, errors: [{ messageId: "host" }] },
  ],
});
