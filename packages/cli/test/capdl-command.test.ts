import { afterAll, describe, expect, it } from "vitest";
import { cantrip, cantripHere, TestFolder } from "./run-cantrip.ts";

const folder = new TestFolder();
afterAll(() => {
  folder.remove();
});

const good = folder.write(
  "good.cdl",
  "arch riscv\nobjects { a = ep c = cnode (2 bits) t = tcb }\ncaps { t { cspace: c } c { 1: a (RW) } }\n",
);
const wrong = folder.write(
  "wrong.cdl",
  "arch riscv\nobjects {\n  a = ep\n  c = cnode (1 bits)\n  t = tcb\n}\ncaps { t { cspace: c } c { 0: a 5: a } }\n",
);

describe("cantrip capdl", () => {
  it("accepts, with 0", () => {
    expect(cantrip("capdl", "check", good, "--rules", "tool")).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("refuses with 1, the line and a mark; not by capDL-tool's rules", async () => {
    const result = await cantripHere("capdl", "check", wrong);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(
      `${wrong}:7:33: error CAPDL0201: c, slot 5: only 2 slots\n  caps { t { cspace: c } c { 0: a 5: a } }\n  ${" ".repeat(32)}^\n`,
    );
    expect((await cantripHere("capdl", "check", wrong, "--rules", "tool")).status).toBe(0);
  });

  it("tells mistakes as JSON and SARIF", async () => {
    const json = JSON.parse(
      (await cantripHere("capdl", "check", wrong, "--format", "json")).stdout,
    ) as unknown;
    expect(json).toContainEqual(
      expect.objectContaining({ file: wrong, code: "CAPDL0201", line: 7, column: 33 }),
    );
    const sarif = JSON.parse(
      (await cantripHere("capdl", "check", wrong, "--format", "sarif")).stdout,
    ) as {
      readonly version: string;
      readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[];
    };
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain("CAPDL0201");
  });

  it("prints a file, explains a code, and ends with 2 on wrong usage", async () => {
    const printed = await cantripHere("capdl", "print", good);
    expect(printed.stdout).toContain("  c {1: a (RW)}\n");
    expect(printed.status).toBe(0);
    const { stdout } = await cantripHere("capdl", "json", good);
    expect(JSON.parse(stdout)).toMatchObject({ root_objects: { start: 0, end: 3 }, irqs: [] });
    expect((await cantripHere("explain", "CAPDL0201")).stdout).toMatch(
      /^CAPDL0201 \(error, not checked by/,
    );
    expect((await cantripHere("explain", "CAPDL9999")).status).toBe(2);
    expect((await cantripHere("capdl", "check")).status).toBe(2);
    expect((await cantripHere("capdl", "check", good, "--dialect", "x")).status).toBe(2);
    expect((await cantripHere("capdl", "check", folder.file("none.cdl"))).status).toBe(2);
  });

  it("compares by structure: 0 the same, 1 not, 2 wrong usage or refused", async () => {
    const text = "arch riscv objects { x = ep y = cnode (2 bits) z = tcb } caps { z { cspace: y } ";
    const same = folder.write("same.cdl", `${text} y { 1: x (RW) } }\n`);
    const other = folder.write("other.cdl", `${text} y { 1: x (RW, badge: 3) } }\n`);
    expect(await cantripHere("capdl", "diff", good, same)).toMatchObject({ status: 0, stdout: "" });
    const result = await cantripHere("capdl", "diff", good, other);
    expect(result).toMatchObject({
      status: 1,
      stdout: "~ c (y), slot 1: a (WR) -> x (WR, badge: 3) [badge]\n",
    });
    expect((await cantripHere("capdl", "diff", good, other, "--ignore", "badge")).status).toBe(0);
    expect(
      JSON.parse((await cantripHere("capdl", "diff", good, other, "--format", "json")).stdout),
    ).toMatchObject([{ kind: "cap-changed", object: "c", field: "badge" }]);
    expect((await cantripHere("capdl", "diff")).status).toBe(2);
    expect(
      (await cantripHere("capdl", "diff", good, folder.write("bad.cdl", "arch riscv objects {")))
        .status,
    ).toBe(2);
    expect((await cantripHere("capdl", "diff", good, good, good)).status).toBe(2);
    expect((await cantripHere("capdl", "diff", good, good, "--ignore", "colour")).status).toBe(2);
    // Without a second file: the system.
    const printed = folder.write(
      "sparrow.cdl",
      (await cantripHere("capdl", "print", "--dialect", "cantrip")).stdout,
    );
    expect((await cantripHere("capdl", "diff", printed, "--dialect", "cantrip")).status).toBe(0);
    expect(
      (
        await cantripHere(
          "capdl",
          "diff",
          printed,
          "--dialect",
          "cantrip",
          "--system",
          "sparrow-small",
        )
      ).status,
    ).toBe(1);
  });

  it("tells what a running system has in its kernel, and the peak during its boot", async () => {
    const bytes = (text: string, name: string): number =>
      Number(new RegExp(`^${name}: (\\d+) bytes$`, "m").exec(text)?.[1]);
    const idle = await cantripHere("kmem", "--live");
    expect(idle.status).toBe(0);
    expect(idle.stdout).toMatch(/^tcb +\d+$/m);
    expect(idle.stdout).toMatch(/^debug_console +\d+ of 32$/m);
    const atPrompt = bytes(idle.stdout, "in use at the prompt");
    expect(bytes(idle.stdout, "most in use during boot")).toBeGreaterThan(atPrompt);
    expect(bytes(idle.stdout, "RAM")).toBeGreaterThan(atPrompt);
    const busy = await cantripHere(
      "kmem",
      "--live",
      "--command",
      "start hello",
      "--command",
      "mstats",
    );
    expect(bytes(busy.stdout, "in use after the commands")).toBeGreaterThan(atPrompt + 40_000);
    expect(bytes(busy.stdout, "in use at the prompt")).toBe(atPrompt);
    const row = (text: string, name: string): string[] =>
      (
        new RegExp(`^${name} +([ \\d]+)$`, "m").exec(text.split("bytes of")[1] ?? "")?.[1] ?? ""
      ).split(/ +/);
    expect(row(idle.stdout, "hello")).toEqual([""]);
    expect(row(busy.stdout, "all")).toEqual([
      String(bytes(busy.stdout, "in use after the commands")),
    ]);
    const [own = "", shared, peak] = row(busy.stdout, "hello");
    expect([Number(own) > 40_000, shared, peak]).toEqual([true, "0", "0"]);
    const [after, , most] = row(idle.stdout, "rootserver");
    expect([after, Number(most) > 500_000]).toEqual(["0", true]);
    const json = JSON.parse((await cantripHere("kmem", "--live", "--format", "json")).stdout) as {
      readonly promptBytes: number;
      readonly owners: { readonly bytes: number }[];
    };
    expect(json.promptBytes).toBe(atPrompt);
    expect(json.owners.reduce((sum, owner) => sum + owner.bytes, 0)).toBe(atPrompt);
    const whole = JSON.parse((await cantripHere("kmem", "--format", "json")).stdout) as {
      readonly owners: { readonly name: string }[];
      readonly leastMemory: number;
    };
    expect(whole.owners.map(({ name }) => name)).toContain("sdk_runtime");
    expect(whole.leastMemory).toBeGreaterThan(700_000);
    for (const args of [
      ["--format", "xml"],
      ["--live", "x.cdl"],
      ["--command", "ps"],
      ["--live", "--system", "x"],
    ])
      expect((await cantripHere("kmem", ...args)).status).toBe(2);
  });

  it("tells sizes, whether it fits, and kmem", async () => {
    expect(await cantripHere("capdl", "size", good)).toMatchObject({ status: 0 });
    expect((await cantripHere("capdl", "size", good)).stdout).toContain(
      "least memory for these objects: 4096 bytes\n",
    );
    const sizes = JSON.parse(
      (await cantripHere("capdl", "size", good, "--format", "json", "--profile", "upstream64"))
        .stdout,
    ) as unknown;
    expect(sizes).toMatchObject({ bytes: 4 * 32 + 16 + 1024, packing: { wasteBytes: 0 } });
    const small = await cantripHere("capdl", "size", "--ram", "64KiB");
    expect(small.status).toBe(1);
    expect(small.stdout).toContain("no place for ");
    expect((await cantripHere("capdl", "size", good, "--ram", "none")).status).toBe(2);
    const kmem = await cantripHere("kmem", "--system", "sparrow-small");
    expect(kmem.status).toBe(0);
    expect(kmem.stdout).toMatch(/^multi_logger +52 KiB +53280$/m);
    expect(kmem.stdout).toMatch(/^RAM in which it boots to the prompt: at least \d+ KiB$/m);
    expect((await cantripHere("kmem", good)).stdout).not.toContain("RAM");
    expect((await cantripHere("kmem", "--system", "nexus")).status).toBe(2);
    expect(await cantripHere("kmem", "--profile", "upstream64")).toMatchObject({
      ...{ status: 2, stdout: "" },
      stderr: "cantrip: --profile upstream64: system sparrow is for 32-bit kernels\n",
    });
  });

  it("tells who reaches what", async () => {
    const uart = await cantripHere("capdl", "reach", "--to", "uart_mem_DATA_0_obj");
    expect(uart).toMatchObject({ status: 0 });
    expect(uart.stdout.split("\n").map((line) => line.split(":")[0])).toEqual([
      ...["memory_manager", "uart_driver", "uart_driver", ""],
    ]);
    expect(
      await cantripHere("capdl", "reach", "--from", "timer_service", "--to", "mailbox_driver"),
    ).toMatchObject({
      ...{ status: 0, stdout: "" },
    });
    expect((await cantripHere("capdl", "reach", "--from", "nobody")).status).toBe(2);
    expect((await cantripHere("capdl", "reach", "--to", "nothing")).status).toBe(2);
  });
});

describe("cantrip capdl dot and svg", () => {
  it("draw a file", async () => {
    const dot = await cantripHere("capdl", "dot", good);
    expect(dot.status).toBe(0);
    expect(dot.stdout).toMatch(/^digraph capdl \{[^]*"c":"s1" -> "a" \[label="RW"\]/);
    const svg = await cantripHere("capdl", "svg", good, "--view", "thread", "--of", "t");
    expect(svg.status).toBe(0);
    expect(svg.stdout).toMatch(/<svg [^]*<\/svg>/);
    expect(
      (await cantripHere("capdl", "dot", folder.write("none.cdl", "arch riscv objects {"))).status,
    ).toBe(1);
  });

  it("draw the system, and end with 2 on wrong usage", async () => {
    const reach = await cantripHere("capdl", "dot", "--view", "reach");
    expect(reach.stdout).toMatch(/"component uart_driver" -> "region [^"]*" \[label="RW"/);
    const unknown = await cantripHere("capdl", "dot", "--view", "component", "--of", "nobody");
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('no component "nobody"; known: debug_console, ');
    expect((await cantripHere("capdl", "dot", good, "--view", "thread")).status).toBe(2);
    expect((await cantripHere("capdl", "svg", good, "--view", "all")).status).toBe(2);
  });
});
