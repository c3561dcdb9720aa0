/**
 * The text language's two dialects.
 *
 * `"cantrip"`: CantripOS's fork has `untyped: True|False` on CNodes, rights on reply capabilities and a fill with the boot
 * info; it lacks `fpu_disabled`, `domains` and the slot names `bound_notification` and `bound_vcpu`. `"upstream"`: capDL-tool.
 */
export type CapdlDialect = "cantrip" | "upstream";

/** Suffix of the boot info fill that only CantripOS's fork knows. */
export const BOOT_INFO_FILL = "BootInfo";
