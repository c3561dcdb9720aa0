/** Where capDL-tool prints what it cannot read, or loses something: what it prints, and what we print. */
const TOOL_BUGS: Readonly<Record<string, readonly (readonly [tool: string, ours: string])[]>> = {
  irqs: [["trigger: 1", "trigger: edge"]],
  "print-bit63": [["badge: -1", "badge: 18446744073709551615"]],
  "capdl-example-aarch64": [["    3: rm_pd\n", "    3: rm_pd (asid: (0x1, 0x1))\n"]],
};

/** What capDL-tool would print for a specimen or a probe without its bugs. @throws Error when it has none any more */
export function withoutToolBugs(name: string, canonical: string): string {
  return (TOOL_BUGS[name] ?? []).reduce((text, [tool, ours]) => {
    if (!text.includes(tool)) throw new Error(`capDL-tool does not print ${tool} for ${name}`);
    return text.replace(tool, ours);
  }, canonical);
}
