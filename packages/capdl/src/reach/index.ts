export { type ControlWay, type FrameAccess, type ReachWay } from "./authority.ts";
export { queryReach, type ReachQuery, reachText } from "./format-reach.ts";
export {
  type ChannelReach,
  type ControlReach,
  type MemoryReach,
  type Reach,
  reachOf,
} from "./reach-of.ts";
