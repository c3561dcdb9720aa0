import process from "node:process";
import { sel4testOf, shadowedBoards } from "./boards.ts";
import { runShadow } from "./run-shadow.ts";

const oracles = process.env["CANTRIP_ORACLES"] ?? "";

process.exitCode = runShadow({
  boards: shadowedBoards(oracles),
  driver: (board) => sel4testOf(oracles, board),
  args: process.argv.slice(2),
  now: () => performance.now(),
  print: (line) => {
    process.stdout.write(`${line}\n`);
  },
});
