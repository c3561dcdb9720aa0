// The whole CantripOS on this terminal: `pnpm start`. Ctrl-A x leaves.
import process from "node:process";
import { boot } from "@cantrip/cli";

process.exitCode = await boot(process.argv.slice(2));
