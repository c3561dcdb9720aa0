import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type CapdlDialect, parseCapdl, printCapdl } from "@cantrip/capdl";
import { withoutToolBugs } from "../../packages/capdl/test/tool-bugs.ts";
import { filesEndingIn } from "./files.ts";
import { failed, messageOf, type OracleSuite, passed, type TestResult } from "./suite.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The command from its sources, as `pnpm cantrip` runs it. */
const CANTRIP = [
  "--import",
  "tsx",
  "--conditions=@cantrip/source",
  "packages/cli/src/cantrip.ts",
] as const;
const DIALECTS: readonly CapdlDialect[] = ["cantrip", "upstream"];
const PROFILES = ["cantrip", "upstream"];
const ENDING = ".cdl";
const MAX_BYTES = 256 * 1024 * 1024;

/** What a capDL tool made of a specification. */
interface Verdict {
  /** Its canonical text; `undefined` when it refused the specification. */
  readonly text: string | undefined;
  readonly message: string;
}

type Tool = (spec: string) => Verdict;

/** The two capDL tools: they accept what we print, and what they accept we read as they do. */
export const capdlTool: OracleSuite = {
  name: "capdl-tool",
  *run(folder) {
    const work = mkdtempSync(join(tmpdir(), "cantrip-capdl-"));
    try {
      for (const dialect of DIALECTS) {
        const tool = `${folder}/parse-capDL-${dialect}`;
        if (!existsSync(tool)) continue;
        const run: Tool = (spec) => runTool(tool, spec, work);
        for (const profile of PROFILES) yield* offerSystem(run, dialect, profile);
        yield* readSpecimens(`${folder}/specs`, run, dialect);
      }
    } finally {
      rmSync(work, { recursive: true });
    }
  },
};

function runTool(tool: string, spec: string, work: string): Verdict {
  const input = join(work, "input.cdl");
  const output = join(work, "output.cdl");
  writeFileSync(input, spec);
  rmSync(output, { force: true });
  const { status, stderr, error } = spawnSync(tool, ["-t", output, input], { encoding: "utf8" });
  if (error !== undefined) throw error;
  return {
    text: status === 0 && existsSync(output) ? readFileSync(output, "utf8") : undefined,
    message: stderr,
  };
}

/**
 * The tool accepts what `cantrip capdl print` prints. Upstream's own print is the same text; the fork's leaves out what it
 * has added to the language.
 */
function* offerSystem(run: Tool, dialect: CapdlDialect, profile: string): Iterable<TestResult> {
  const name = `print/${dialect}/sparrow-${profile}`;
  const args = [...CANTRIP, "capdl", "print", "--dialect", dialect, "--profile", profile];
  const ours = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: MAX_BYTES,
  });
  if (ours.status !== 0) {
    yield failed(name, `cantrip capdl print: ${ours.stderr}`);
    return;
  }
  const theirs = run(ours.stdout);
  if (theirs.text === undefined) yield failed(name, theirs.message);
  else if (dialect === "cantrip") yield passed(name);
  else yield sameText(name, ours.stdout, theirs.text);
}

/** We read the specifications that the tool accepts, and mean the same. */
function* readSpecimens(folder: string, run: Tool, dialect: CapdlDialect): Iterable<TestResult> {
  if (!existsSync(folder)) return;
  for (const file of filesEndingIn(folder, ENDING)) {
    const spec = readFileSync(`${folder}/${file}`, "utf8");
    const theirs = run(spec).text;
    const name = `read/${dialect}/${file.slice(0, -ENDING.length)}`;
    if (theirs !== undefined) yield readSpecimen(name, spec, { run, dialect, text: theirs });
  }
}

function readSpecimen(
  name: string,
  spec: string,
  theirs: { readonly run: Tool; readonly dialect: CapdlDialect; readonly text: string },
): TestResult {
  const { run, dialect, text } = theirs;
  try {
    const parsed = parseCapdl(spec, { dialect });
    if (!parsed.ok) {
      const [first] = parsed.errors;
      const message = first === undefined ? "refused" : `line ${first.line}: ${first.message}`;
      return failed(name, message);
    }
    const ours = printCapdl(parsed.spec, { dialect });
    if (dialect === "upstream") {
      return sameText(name, ours, withoutToolBugs(name.slice(name.lastIndexOf("/") + 1), text));
    }
    // The fork prints less than it reads: what it makes of our print must be what it made of the original.
    const again = run(ours);
    return again.text === undefined
      ? failed(name, again.message)
      : sameText(name, again.text, text);
  } catch (error) {
    return failed(name, messageOf(error));
  }
}

function sameText(name: string, ours: string, theirs: string): TestResult {
  if (ours === theirs) return passed(name);
  const their = theirs.split("\n");
  const lines = ours.split("\n");
  const at = lines.findIndex((line, index) => line !== their[index]);
  const line = at < 0 ? lines.length : at;
  return failed(name, `line ${line + 1} is ${lines[line] ?? ""}; theirs: ${their[line] ?? ""}`);
}
