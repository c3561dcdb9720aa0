import type { ComponentThread } from "./component.ts";

/**
 * Whether the system's description allows a client something that not every client may do.
 *
 * @param server - name of the interface that the client calls
 * @param badge - of the client
 * @param privilege - one of the names that the component's type declares in `grants`
 */
export function hasPrivilege(
  { birth }: ComponentThread,
  server: string,
  badge: number,
  privilege: string,
): boolean {
  return birth.servers[server]?.privileges?.[String(badge)]?.includes(privilege) === true;
}
