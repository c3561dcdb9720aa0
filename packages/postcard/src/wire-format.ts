/**
 * Version of the wire format.
 *
 * `"0.7"`, which CantripOS speaks, has integers of fixed width; `"1"` has variable ones. Neither can tell which of the
 * two a message is in.
 */
export type WireFormat = "0.7" | "1";
