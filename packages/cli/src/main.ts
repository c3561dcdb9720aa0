import process from "node:process";
import { ExitCode } from "./exit-code.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `usage: cantrip COMMAND

  boot           boots a system and runs a script at its console; see cantrip boot --help
  run IMAGE      runs a program or kernel for bare RISC-V hardware; see cantrip run --help
  disasm FILE    lists the instructions of a program
  replay FILE    repeats a recorded run and compares it byte by byte
  capdl check    checks a capDL specification: FILE [--dialect upstream|cantrip] [--rules all|tool] [--format text|json|sarif]
  capdl print    prints a capDL specification, a file's or a system's: [FILE] [--dialect upstream|cantrip] [--system NAME]
  capdl json     prints it as rust-sel4's JSON; same arguments
  capdl dot      draws it for Graphviz; same arguments, and [--view whole|component|reach|thread] [--of NAME]
  capdl svg      draws it as a picture; same arguments
  capdl diff     compares two specifications by structure: A [B] [--system NAME] [--ignore fill,paddr,…] [--format text|json]
  capdl reach    tells who can get at whose memory, and call or signal whom: [FILE] [--from COMPONENT] [--to COMPONENT|FRAME] [--format text|json]
  capdl size     memory of its objects, by kind and component: [FILE] [--ram SIZE] [--details] [--format text|json]
  kmem           the same as CantripOS's kmem.sh prints it, and the RAM that a system needs: [FILE] [--system NAME] [--details];
                 with --live what a booted one has in its kernel, and the peak during boot: --live [--command LINE]...
  bundle pack    makes a bundle image of a program, with a manifest: ELF --output FILE [--type application|springbok|kelvin] [--manifest FILE]
  bundle inspect lists the sections and the manifest of an image: FILE [--format text|json]
  bundle verify  checks images as a loader does: FILE...
  explain CODE   tells what a diagnostic of capdl means
  postcard emit  writes a module with codecs of postcard schemas
`;

type Command = (args: readonly string[]) => number | Promise<number>;

/** Each is loaded when it is asked for: most need little of the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  boot: async () => (await import("./boot-command.ts")).boot,
  run: async () => (await import("./run/run-command.ts")).run,
  disasm: async () => (await import("./disasm-command.ts")).disasm,
  replay: async () => (await import("./replay-command.ts")).replay,
  capdl: async () => (await import("./capdl-command.ts")).capdl,
  kmem: async () => (await import("./capdl/kmem.ts")).kmem,
  bundle: async () => (await import("./bundle-command.ts")).bundle,
  explain: async () => (await import("./capdl/explain.ts")).explain,
  postcard: async () => (await import("./postcard-command.ts")).postcard,
};

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const names = Object.keys(commands).join(", ");
  if (name === undefined) throw new UsageError(`a command is needed: ${names}`);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new UsageError(`unknown command "${name}"; known: ${names}`);
  return (await load())(rest);
}

/** Runs a command, and tells wrong usage on the error output. Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cantrip: ${error.message}\n`);
    return ExitCode.Usage;
  }
}
