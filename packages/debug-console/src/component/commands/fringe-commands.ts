import { formatF32, parseF32 } from "../../f32.ts";
import { type Command, InvalidArguments } from "../../shell.ts";
import { two } from "./command-support.ts";

/** What commands say that would receive a file. */
export const NO_ZMODEM = "zmodem uploads are not implemented yet\n";
/** Resets the terminal (`RIS`). */
const RESET_TERMINAL = "\x1bc";

/** The commands behind the feature `FRINGE_CMDS`. */
export const fringeCommands: Readonly<Record<string, Command>> = {
  *add(args, output) {
    const [x, y] = two(args).map(parseF32);
    if (x === undefined || y === undefined) throw new InvalidArguments();
    yield* output.write(`${formatF32(Math.fround(x + y))}\n`);
  },
  *clear(_args, output) {
    yield* output.write(RESET_TERMINAL);
  },
  *echo(args, output) {
    yield* output.write(`${args.join(" ")}\n`);
  },
  *rz(_args, output) {
    yield* output.write(NO_ZMODEM);
  },
};
