/** Frames of each component's image, and its pages of stack. */
const IMAGE_FRAMES = 96;
const STACK_FRAMES = 16;
const SLOTS = 512;

/**
 * The text of a specification as CAmkES's generator writes it for x86_64: components in a row, each with its image, three
 * threads, and an endpoint to the next one. The same number gives the same text.
 *
 * @param components - 251 make 5.4 MB, 1,004 make 21 MB
 */
export function camkesSpec(components: number): string {
  const objects: string[] = [];
  const caps: string[] = [];
  for (let index = 0; index < components; index++) {
    component(`component_${String(index).padStart(4, "0")}`, {
      next: `component_${String((index + 1) % components).padStart(4, "0")}`,
      objects,
      caps,
    });
  }
  return `arch x86_64\n\nobjects {\n${objects.join("\n")}\n}\n\ncaps {\n${caps.join("\n")}\n}\n\nirq maps {\n\n}\n`;
}

function component(
  name: string,
  to: { readonly next: string; readonly objects: string[]; readonly caps: string[] },
): void {
  const { next, objects, caps } = to;
  const declare = (object: string, type: string): void => {
    objects.push(`${object} = ${type}`);
  };
  const pages: string[] = [];
  for (let frame = 0; frame < IMAGE_FRAMES; frame++) {
    const page = `frame_${name}_group_bin_${String(frame).padStart(4, "0")}`;
    const fill = `{0 4096 CDL_FrameFill_FileData "${name}_group_bin" ${frame * 4096 + 4096}}`;
    declare(page, `frame (4k, fill: [${fill}])`);
    pages.push(page);
  }
  const threads = ["0_control", "server_0000", "0_fault_handler"].map(
    (thread) => `${name}_${thread}`,
  );
  const slots: string[] = [];
  threads.forEach((thread, index) => {
    for (let frame = 0; frame < STACK_FRAMES / 4; frame++) {
      const page = `stack__camkes_stack_${thread}_${frame}_${name}_obj`;
      declare(page, "frame (4k)");
      pages.push(page);
    }
    const buffer = `${name}_frame__camkes_ipc_buffer_${thread}`;
    declare(buffer, "frame (4k)");
    pages.push(buffer);
    declare(`${thread}_sc`, "sc (period: 10000, budget: 10000, data: 0, 8 bits)");
    declare(
      `${thread}_tcb`,
      `tcb (addr: ${0x53_8000 + index * 0x4000}, ip: 4198964, sp: ${0x54_0000 + index * 0x4000}, prio: 254, max_prio: 254, affinity: 0, init: [${index + 1}])`,
    );
    caps.push(
      `${thread}_tcb {\ncspace: ${name}_cnode (guard: 0, guard_size: 58)\nfault_ep_slot: ${name}_fault_ep (RWGP, badge: ${index + 1})\nipc_buffer_slot: ${buffer} (RW)\nsc_slot: ${thread}_sc\nvspace: ${name}_group_bin_pd\n}`,
    );
    slots.push(`${thread}_tcb`, `${thread}_sc`);
  });
  for (const what of ["pre_init_ep", "interface_init_ep", "post_init_ep", "fault_ep", "call_ep"]) {
    declare(`${name}_${what}`, "ep");
    if (what !== "call_ep") slots.push(`${name}_${what} (RW)`);
  }
  declare(`${name}_reply`, "rtreply");
  slots.push(`${name}_call_ep (R)`, `${name}_reply`, `${next}_call_ep (WGP, badge: 1)`);
  declare(`${name}_cnode`, "cnode (6 bits)");
  const lines = slots.map((slot, index) => `0x${(index + 1).toString(16)}: ${slot}`);
  caps.push(`${name}_cnode {\n${lines.join("\n")}\n}`);
  declare(`${name}_group_bin_pd`, "pml4");
  for (const table of ["pdpt", "pd", "pt"]) declare(`${table}_${name}_group_bin_0000`, table);
  caps.push(
    `${name}_group_bin_pd {\n0x0: pdpt_${name}_group_bin_0000\n}`,
    `pdpt_${name}_group_bin_0000 {\n0x0: pd_${name}_group_bin_0000\n}`,
    `pd_${name}_group_bin_0000 {\n0x2: pt_${name}_group_bin_0000\n}`,
  );
  const mapped = pages.map(
    (page, index) =>
      `0x${((index + 1) % SLOTS).toString(16)}: ${page} (${index < IMAGE_FRAMES / 2 ? "RX" : "RW"})`,
  );
  caps.push(`pt_${name}_group_bin_0000 {\n${mapped.join("\n")}\n}`);
}
