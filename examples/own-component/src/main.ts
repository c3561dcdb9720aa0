// CantripOS with a component and a console command of one's own: types a few lines, and prints the screen.
import process from "node:process";
import { ConsoleSession } from "@cantrip/assembly/riscv";
import { system } from "./system.ts";

const session = new ConsoleSession({ system });
session.waitForPrompt();
for (const line of ["count 5", "count 37", "count five"]) session.command(line);
process.stdout.write(`${session.transcript}\n`);
