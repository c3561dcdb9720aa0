/**
 * Packs a message-info word. Corresponds to `seL4_MessageInfo_new`.
 *
 * @param label - 20 bits: an invocation label, error code, fault label or the user's own
 * @param length - message registers, 0..120
 * @param extraCaps - capabilities sent along, 0..3
 * @param capsUnwrapped - bits 9 to 11; only the kernel sets it
 */
export function messageInfo(
  label: number,
  length: number,
  extraCaps = 0,
  capsUnwrapped = 0,
): number {
  return (
    ((label << 12) | ((capsUnwrapped & 7) << 9) | ((extraCaps & 3) << 7) | (length & 0x7f)) >>> 0
  );
}

/** The label, 20 bits. Corresponds to `seL4_MessageInfo_get_label`. */
export function messageLabel(info: number): number {
  return info >>> 12;
}

/** Number of message registers. Corresponds to `seL4_MessageInfo_get_length`. */
export function messageLength(info: number): number {
  return info & 0x7f;
}

/** Number of capabilities. Corresponds to `seL4_MessageInfo_get_extraCaps`. */
export function messageExtraCaps(info: number): number {
  return (info >>> 7) & 3;
}

/** Bit i: capability i was unwrapped to a badge. Corresponds to `seL4_MessageInfo_get_capsUnwrapped`. */
export function messageCapsUnwrapped(info: number): number {
  return (info >>> 9) & 7;
}
