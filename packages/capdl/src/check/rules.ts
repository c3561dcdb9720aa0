/** A rule, and its page. */
export interface CapdlRule {
  /** `CAPDL0001` … */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One line. */
  readonly title: string;
  /** Why, and what to do. */
  readonly explanation: string;
  /** Whether capDL-tool checks it, too. */
  readonly isToolRule: boolean;
}

type Row = readonly [
  code: number,
  severity: "error" | "warning",
  by: "tool" | "ours",
  title: string,
  explanation: string,
];

const ROWS = {
  // Text.
  syntax: [
    1,
    "error",
    "tool",
    "the text is not in the language",
    "The message tells what was expected at the place. `//` is no comment, `irq maps` has exactly one space, a leading 0 does not make a number octal (`0o17` does), and identifiers begin with a letter.",
  ],
  "duplicate-declaration": [
    2,
    "error",
    "tool",
    "two objects have one name",
    "An array takes its name for all of its elements. Only untypeds may be declared again, to get more children; the first declaration's parameters count.",
  ],
  "unknown-name": [
    3,
    "error",
    "tool",
    "a name that is not declared",
    "An element of an array is named with its index (`a[2]`), all of them with `a[]`. Indices beyond the array's length are unknown, too. Sections may be in any order, so the place of the declaration does not matter.",
  ],
  "object-parameters": [
    4,
    "error",
    "tool",
    "wrong, missing or repeated parameters of an object",
    "A tcb has none of `addr, ip, sp, prio, max_prio, affinity`, or `addr` and `affinity`, or all six; `resume` and `fpu_disabled` need one of the latter two. A sc has `period` and `budget` together.",
  ],
  "cap-parameters": [
    5,
    "error",
    "tool",
    "wrong or repeated parameters of a capability",
    "Rights belong to endpoints, notifications and frames (and, in CantripOS's dialect, to reply objects); badges to endpoints, notifications and SMCs; guards to CNodes; `asid` to frames and tables; `mapping` to frames. `sched_control` needs its `core`.",
  ],
  "slot-filled-twice-in-text": [
    6,
    "error",
    "tool",
    "a slot is filled twice",
    "Containers may be opened several times; their slots are put together. A mapping without number takes the slot behind the previous one, and an array fills as many slots as it has elements.",
  ],
  "no-slots": [
    7,
    "error",
    "tool",
    "an object without slots has contents",
    "Only CNodes, TCBs, tables, ASID pools, interrupts and I/O devices have slots. An untyped's children stand in its declaration.",
  ],
  "frame-size-in-text": [
    8,
    "error",
    "tool",
    "a frame's size is no power of two",
    "Sizes are written `4k` or `2M`.",
  ],
  array: [
    9,
    "error",
    "tool",
    "an array is declared or used wrongly",
    "`a[4] = ep` declares four objects. Zero makes capDL-tool loop for ever, and is refused here. Where one object is expected, an index must be given.",
  ],
  copy: [
    10,
    "error",
    "tool",
    "a capability cannot be copied",
    "`<name>` copies a capability that has a name. Copies must not go in a circle, the source must not be empty, and a container with copies must number all of its slots.",
  ],
  "irq-section": [
    11,
    "error",
    "tool",
    "an interrupt is mapped twice",
    "There is one section `irq maps`, and each number is in it once.",
  ],
  "cdt-parents": [
    12,
    "error",
    "tool",
    "a slot has two parents",
    "Each capability is derived from at most one other, told either in `cdt` or with `- child_of`.",
  ],
  "domain-schedule": [
    13,
    "error",
    "tool",
    "the domain schedule is wrong",
    "Domains are 0 to 255, durations are below 2^56, (0, 0) is the end marker, and the start is an entry that is none.",
  ],
  children: [
    14,
    "error",
    "tool",
    "an object other than an untyped has children",
    "Only `ut` may contain objects.",
  ],
  extension: [
    15,
    "warning",
    "ours",
    "capDL-tool refuses this",
    "This package takes it all the same: derivations inside each other in `cdt`, and declarations inside a second declaration of an untyped.",
  ],
  // capDL-tool's checks of the model.
  "object-architecture": [
    101,
    "error",
    "tool",
    "a kind of object that the architecture does not have",
    "For instance `pgd` exists on aarch64 only, `pml4` on x86_64, `arm_irq` on arm11 and aarch64, `vcpu` everywhere but on riscv.",
  ],
  "cap-architecture": [
    102,
    "error",
    "tool",
    "a capability that the architecture does not have",
    "`io_space_master` belongs to x86.",
  ],
  "bad-target": [
    103,
    "error",
    "tool",
    "a slot holds what it cannot hold",
    "A TCB's slots take a CNode (cspace), the architecture's root table (vspace), a frame (ipc_buffer_slot), endpoints, a scheduling context, a notification and a VCPU; tables take frames and the next level of tables; an interrupt takes a notification in slot 0; an ASID pool takes root tables; a CNode takes anything.",
  ],
  "bad-cover": [
    104,
    "error",
    "tool",
    "an object is in two untypeds",
    "Each object is made from one untyped.",
  ],
  "shared-table": [
    105,
    "error",
    "tool",
    "a table is in two tables or ASID pools",
    "A page directory is in at most one ASID pool, a page table in at most one page directory; the kernel cannot map it twice.",
  ],
  "bad-irq": [
    106,
    "error",
    "tool",
    "`irq maps` names what is no interrupt",
    "Only irq, ioapic_irq, msi_irq and arm_irq objects can be bound to a number.",
  ],
  "bad-mapping": [
    107,
    "error",
    "tool",
    "`mapping:` does not name a mapping of a frame",
    "A frame capability in a CNode may name the mapping whose capability it is: a slot of a page table or directory that holds a frame. Each mapping is named once, and only from CNodes.",
  ],
  "unknown-object": [
    108,
    "error",
    "tool",
    "a name that is no object",
    "Specifications made by programs can have these; the parser does not let them pass.",
  ],
  "duplicate-name": [109, "error", "tool", "two objects have one name", "Names identify objects."],
  "bad-name": [
    110,
    "error",
    "tool",
    "a name that cannot be written",
    "Names are letters, followed by letters, digits and any of `-_@.`, perhaps with an index in brackets.",
  ],
  "slot-filled-twice": [
    111,
    "error",
    "tool",
    "a slot is filled twice",
    "Each slot holds one capability.",
  ],
  "bad-parameter": [
    112,
    "error",
    "tool",
    "a parameter that the capability cannot have",
    "See CAPDL0005.",
  ],
  "duplicate-irq": [
    113,
    "error",
    "tool",
    "an interrupt is bound twice",
    "Each number is bound to one object.",
  ],
  // What capDL-tool does not check.
  "slot-out-of-range": [
    201,
    "error",
    "ours",
    "a slot beyond the end of its container",
    "A CNode of n bits has 2^n slots; tables have as many as the architecture says. The loader's copy into such a slot fails.",
  ],
  "frame-size": [
    202,
    "error",
    "ours",
    "a size of frame that the architecture does not have",
    "riscv: 4k, 4M (riscv32), 2M and 1024M (riscv64); x86_64 and aarch64: 4k, 2M, 1024M; arm11: 4k, 64k, 1M, 16M; ia32: 4k, 4M.",
  ],
  "paddr-alignment": [
    203,
    "error",
    "ours",
    "a physical address that is not aligned",
    "Objects lie at multiples of their size.",
  ],
  "paddr-overlap": [
    204,
    "warning",
    "ours",
    "two frames overlap",
    "Frames of one size at the same address share memory, and loaders make one from the other. Frames that overlap otherwise cannot both be made.",
  ],
  "paddr-zero": [
    205,
    "warning",
    "ours",
    "a physical address of 0",
    "CantripOS's and C's loaders take 0 for none.",
  ],
  "bad-fill": [
    206,
    "error",
    "ours",
    "a fill reaches beyond its frame",
    "`dest_offset` and `dest_len` must lie in the frame; the loader notices at boot.",
  ],
  "many-fills": [
    207,
    "warning",
    "ours",
    "more fills than a loader takes",
    "CantripOS's loader and C's default configuration take one for each frame.",
  ],
  "raw-fill": [
    208,
    "warning",
    "ours",
    "a fill that no loader understands",
    '`dest_offset dest_len CDL_FrameFill_FileData "file" offset`, or `CDL_FrameFill_BootInfo CDL_FrameFill_BootInfo_FDT offset`.',
  ],
  "guard-size": [
    209,
    "error",
    "ours",
    "guard and CNode exceed a word",
    "The bits of a guard and of the CNode's index together are at most a word's, 32 or 64.",
  ],
  "guard-value": [
    210,
    "error",
    "ours",
    "a guard that does not fit its size",
    "A guard of n bits is below 2^n.",
  ],
  "badge-width": [
    211,
    "error",
    "ours",
    "a badge that is too wide",
    "The kernel keeps 28 bits on 32-bit and 64 on 64-bit platforms.",
  ],
  priority: [212, "error", "ours", "a priority above 255", "Priorities are 0 to 255."],
  "priority-above-mcp": [
    213,
    "warning",
    "ours",
    "a priority above the maximum controlled priority",
    "The loader sets it with its own authority; the thread could not set it again.",
  ],
  "stack-alignment": [
    214,
    "error",
    "ours",
    "a stack pointer that is not 16-aligned",
    "The calling conventions of 64-bit platforms and of riscv32 ask for it.",
  ],
  "missing-cap": [
    215,
    "warning",
    "ours",
    "a thread lacks a CSpace, VSpace or IPC buffer",
    "CantripOS's and rust-sel4's loaders refuse it.",
  ],
  "missing-sc": [
    216,
    "warning",
    "ours",
    "a thread has no scheduling context",
    "On a kernel with MCS it runs only on a caller's: right for a passive server, else a mistake.",
  ],
  "cdt-empty-slot": [
    217,
    "warning",
    "ours",
    "a derivation names an empty slot",
    "capDL-tool does not look whether the slots of `cdt` are filled.",
  ],
  "cdt-cycle": [
    218,
    "error",
    "ours",
    "derivations go in a circle",
    "No capability is derived from itself.",
  ],
  "untyped-overfull": [
    219,
    "error",
    "ours",
    "an untyped's children exceed it",
    "The sizes of the children, placed in their order at multiples of their size, must fit.",
  ],
  "untyped-size": [
    220,
    "error",
    "ours",
    "an untyped of a size that the kernel does not make",
    "4 to 29 bits on 32-bit, to 47 on 64-bit platforms.",
  ],
  "untyped-without-size": [
    221,
    "warning",
    "ours",
    "an untyped without a size",
    "It can be covered by others, but not be found by a loader.",
  ],
  "asid-high": [
    222,
    "warning",
    "ours",
    "ASID pools are not numbered 1, 2, …",
    "C output needs `asid_high` 1 to n, each once; 0 is the initial task's pool.",
  ],
  "unmapped-irq": [
    223,
    "warning",
    "ours",
    "an interrupt object is not in `irq maps`",
    "Loaders make handlers for what `irq maps` lists.",
  ],
  unused: [
    224,
    "warning",
    "ours",
    "nothing refers to an object",
    "It takes memory and no one can name it.",
  ],
  "word-overflow": [
    225,
    "error",
    "ours",
    "a number above the platform's word",
    "Addresses, arguments and the like must fit a word of the kernel.",
  ],
  budget: [
    226,
    "error",
    "ours",
    "a budget above its period",
    "The kernel refuses to configure such a scheduling context.",
  ],
  "cnode-size": [
    227,
    "error",
    "ours",
    "a CNode of a size that the kernel does not make",
    "At least 1 bit; and it must fit an untyped.",
  ],
  "fault-endpoint-rights": [
    228,
    "warning",
    "ours",
    "a fault endpoint without rights",
    "CantripOS's loader gives such a capability all rights, capDL-tool since 0.3 none; the kernel then cannot deliver faults. Upstream, write `(RWGP)`.",
  ],
  "bad-hand-over": [
    229,
    "error",
    "ours",
    "the hand-over of memory is not well-formed",
    "CantripOS hands its untyped memory to one CNode (`untyped: True`) and tells it in one frame filled with the boot info; either none of both, or one each.",
  ],
  "init-arguments": [
    230,
    "warning",
    "ours",
    "more arguments than registers",
    "Four fit in registers; loaders put others on the stack, or refuse them.",
  ],
  "nested-table": [231, "error", "ours", "a table contains itself", "Translation would never end."],
  "table-depth": [
    232,
    "error",
    "ours",
    "a frame's size does not fit the level of its table",
    "A table maps frames of one size for each level.",
  ],
} as const;

/** Name of a rule. */
export type RuleName = keyof typeof ROWS;

/** All rules by name. */
export const RULES: Readonly<Record<RuleName, CapdlRule>> = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([name, [code, severity, by, title, explanation]]) => [
    name,
    {
      code: `CAPDL${String(code).padStart(4, "0")}`,
      severity,
      title,
      explanation,
      isToolRule: by === "tool",
    },
  ]),
) as Record<RuleName, CapdlRule>;

/** A rule by its code, such as `CAPDL0012`; upper or lower case. */
export function explainCapdl(code: string): CapdlRule | undefined {
  const wanted = code.toUpperCase();
  return Object.values(RULES).find((rule) => rule.code === wanted);
}
