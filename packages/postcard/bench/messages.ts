import * as p from "@cantrip/postcard";

const objDesc = p.struct({ type_: p.enumIndex(9), count: p.usize, cptr: p.usize });
const bundle = p.struct({ cnode: p.usize, depth: p.u8, objs: p.seq(objDesc) });
const timer = p.enumOf({
  CompletedTimers: null,
  Oneshot: { timer_id: p.u32, duration_in_ms: p.u32 },
  Periodic: { timer_id: p.u32, duration_in_ms: p.u32 },
  Cancel: p.u32,
  Capscan: null,
});
const memory = p.enumOf({
  Alloc: { bundle, lifetime: p.enumIndex(3) },
  Free: bundle,
  Stats: null,
  Debug: null,
  Capscan: null,
});
const security = p.enumOf({
  Echo: p.string,
  Install: bundle,
  InstallApp: { app_id: p.string, pkg_contents: bundle },
  InstallModel: { app_id: p.string, model_id: p.string, pkg_contents: bundle },
  Uninstall: p.string,
  GetPackages: null,
  SizeBuffer: p.string,
  GetManifest: p.string,
  LoadApplication: p.string,
  LoadModel: { bundle_id: p.string, model_id: p.string },
  ReadKey: { bundle_id: p.string, key: p.string },
  WriteKey: { bundle_id: p.string, key: p.string, value: p.bytesOwned },
  DeleteKey: { bundle_id: p.string, key: p.string },
  TestMailbox: null,
  CapScan: null,
});
const state = p.enumOf({ Stopped: null, Running: null, Exited: p.u8, Faulted: null });

/** A message of the bench, and the bytes that Rust gives for it in format 1. */
export interface Message {
  readonly name: string;
  readonly schema: p.AnySchema;
  readonly value: unknown;
}

const suffixes = ["hello", "fibonacci", "mobilenet_v2", "keyval", "timer", "logtest"];
const times = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));

/** The five messages that Rust was measured with. */
export const messages: readonly Message[] = [
  {
    name: "small",
    schema: timer,
    value: { type: "Oneshot", timer_id: 3, duration_in_ms: 250 },
  },
  {
    name: "bundle",
    schema: memory,
    value: {
      type: "Alloc",
      bundle: {
        cnode: 0x1a2,
        depth: 10,
        objs: times(20, (i) => ({
          type_: [0, 1, 2, 4, 5][i % 5],
          count: 1 + ((i * 37) % 300),
          cptr: 1000 + i * 517,
        })),
      },
      lifetime: 1,
    },
  },
  {
    name: "bytes2k",
    schema: security,
    value: {
      type: "WriteKey",
      bundle_id: "com.example.hello",
      key: "calibration",
      value: Uint8Array.from(times(2048, (i) => (i * 131 + 7) % 256)),
    },
  },
  {
    name: "strings",
    schema: p.struct({ bundle_ids: p.seq(p.string), manifest: p.string }),
    value: {
      bundle_ids: times(32, (i) => `com.example.application${i}.${suffixes[i % 6] ?? ""}`),
      manifest:
        'application { id: "com.example.hello" version: 3 permissions: [timer, log, keyval] } '.repeat(
          4,
        ),
    },
  },
  {
    name: "enums",
    schema: p.struct({
      entries: p.seq(p.struct({ app_id: p.string, state, epc: p.option(p.u32), last: timer })),
    }),
    value: {
      entries: times(24, (i) => ({
        app_id: `app${i}`,
        state: [
          { type: "Stopped" },
          { type: "Running" },
          { type: "Exited", value: (i * 9) & 255 },
          { type: "Faulted" },
        ][i % 4],
        epc: i % 3 === 0 ? 0x80000000 + i * 4096 : undefined,
        last: [
          { type: "CompletedTimers" },
          { type: "Oneshot", timer_id: i, duration_in_ms: 250 * i },
          { type: "Periodic", timer_id: i, duration_in_ms: 100000 },
          { type: "Cancel", value: i },
          { type: "Capscan" },
        ][i % 5],
      })),
    },
  },
];
