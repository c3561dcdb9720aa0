/** Frames of each component's image that its file fills, those that begin as zeros, and pages of each thread's stack. */
const FILLED_FRAMES = 43;
const ZERO_FRAMES = 63;
const STACK_FRAMES = 4;
const SLOTS = 512;

/**
 * The text of a specification as CAmkES's generator writes it for x86_64: components in a row, each with its image, three
 * threads, and an endpoint to the next one; objects and containers in the order of their names. The same number gives the
 * same text.
 *
 * @param components - 296 make 5.4 MB with 40,848 objects, four times as many 21.6 MB
 */
export function camkesSpec(components: number): string {
  const objects: string[] = [];
  const caps: string[] = [];
  for (let index = 0; index < components; index++) {
    component(`client_${String(index).padStart(4, "0")}`, {
      next: `client_${String((index + 1) % components).padStart(4, "0")}`,
      objects,
      caps,
    });
  }
  return `arch x86_64\n\nobjects {\n${objects.sort().join("\n")}\n}\n\ncaps {\n${caps.sort().join("\n")}\n}\n\nirq maps {\n\n}\n`;
}

function component(
  name: string,
  to: { readonly next: string; readonly objects: string[]; readonly caps: string[] },
): void {
  const { next, objects, caps } = to;
  const declare = (object: string, type: string): void => {
    objects.push(`${object} = ${type}`);
  };
  const file = `${name}_group_bin`;
  const mapped: string[] = [];
  let page = 0x10;
  const map = (frame: string, rights: string): void => {
    mapped.push(`0x${(page % SLOTS).toString(16)}: ${frame} (${rights})`);
    page += 1;
  };
  for (let frame = 0; frame < FILLED_FRAMES + ZERO_FRAMES; frame++) {
    const isFilled = frame < FILLED_FRAMES;
    const fill = isFilled ? `{0 4096 CDL_FrameFill_FileData "${file}" ${(frame + 1) * 4096}}` : "";
    const object = `frame_${file}_${String(frame).padStart(4, "0")}`;
    declare(object, `frame (4k, fill: [${fill}])`);
    map(object, isFilled ? "RX" : "RW");
  }
  const slots: string[] = [];
  ["0_control", "p_0000", "0_fault_handler"].forEach((which, index) => {
    const thread = `${name}_${which}`;
    // A page that is not mapped guards each end of a stack.
    page += 1;
    for (let frame = 0; frame < STACK_FRAMES; frame++) {
      const object = `stack__camkes_stack_${thread}_${frame}_${name}_obj`;
      declare(object, "frame (4k, fill: [])");
      map(object, "RW");
    }
    page += 2;
    const buffer = `${name}_frame__camkes_ipc_buffer_${thread}`;
    declare(buffer, "frame (4k, fill: [])");
    map(buffer, "RW");
    const [tcb, sc] = [`${name}_${thread}_tcb`, `${name}_${thread}_sc`];
    declare(sc, "sc (period: 10000, budget: 10000, data: 0, 8 bits)");
    const hex = (address: number): string => `0x${address.toString(16)}`;
    const addresses = `addr: ${hex(page * 4096)},ip: 0x10000,sp: ${hex(page * 4096 - 0x2000)}`;
    const rest = `prio: 254,max_prio: 254,affinity: 0,init: [${2 * index + 1}]`;
    declare(tcb, `tcb (${addresses},${rest})`);
    caps.push(
      `${tcb} {\ncspace: ${name}_cnode (guard: 0, guard_size: 59)\nfault_ep_slot: ${name}_fault_ep (badge: ${2 * index + 1},RWGP)\nipc_buffer_slot: ${buffer} (RW)\nsc_slot: ${sc}\nvspace: ${name}_group_bin_pd\n}`,
    );
    slots.push(tcb, sc);
  });
  for (const what of ["fault_ep", "pre_init_ep", "interface_init_ep", "post_init_ep"]) {
    declare(`${name}_${what}`, "ep");
    slots.push(`${name}_${what} (${what === "fault_ep" ? "RWP" : "RW"})`);
  }
  declare(`${name}_p_ep`, "ep");
  declare(`${name}_p_reply_cap_slot`, "rtreply");
  slots.push(`${name}_p_ep (R)`, `${name}_p_reply_cap_slot`, `${next}_p_ep (WP, badge: 1)`);
  declare(`${name}_cnode`, "cnode (5 bits)");
  const lines = slots.map((slot, index) => `0x${(index + 1).toString(16)}: ${slot}`);
  caps.push(`${name}_cnode {\n${lines.join("\n")}\n}`);
  declare(`${name}_group_bin_pd`, "pml4");
  const tables = ["pdpt", "pd", "pt"].map((table, level) => {
    const object = `${table}_${name}_group_bin_000${level}`;
    declare(object, table);
    return object;
  });
  const [pdpt, pd, pt] = tables;
  caps.push(
    `${name}_group_bin_pd {\n0x0: ${pdpt}\n}`,
    `${pdpt} {\n0x0: ${pd}\n}`,
    `${pd} {\n0x0: ${pt}\n}`,
    `${pt} {\n${mapped.join("\n")}\n}`,
  );
}
