import type { ObjDescBundle } from "@cantrip/interfaces/memory";
import type { KernelConfig } from "@cantrip/sel4-config";

/** Rust's `{:?}` of a bundle. */
export function debugBundle(
  { cnode, depth, objs }: ObjDescBundle,
  { objectType }: KernelConfig,
): string {
  const names = new Map<number, string>([
    [objectType.untyped, "seL4_UntypedObject"],
    [objectType.tcb, "seL4_TCBObject"],
    [objectType.endpoint, "seL4_EndpointObject"],
    [objectType.notification, "seL4_NotificationObject"],
    [objectType.capTable, "seL4_CapTableObject"],
    [objectType.schedContext, "seL4_SchedContextObject"],
    [objectType.reply, "seL4_ReplyObject"],
    [objectType.page4K, "seL4_RISCV_4K_Page"],
    [objectType.pageTable, "seL4_RISCV_PageTableObject"],
  ]);
  const descs = objs.map(
    ({ type, count, cptr }) =>
      `ObjDesc { type_: ${names.get(type) ?? type}, count: ${count}, cptr: ${cptr} }`,
  );
  return `ObjDescBundle { cnode: ${cnode}, depth: ${depth}, objs: [${descs.join(", ")}] }`;
}
