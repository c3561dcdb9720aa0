import * as p from "@cantrip/postcard";

const object = p.struct({ kind: p.unitEnum("Untyped", "TCB"), count: p.usize });
const bundle = p.struct({ cnode: p.usize, objs: p.seq(object) });

/** An enum; the test looks at what editors show here. */
export const request = p
  .codec(
    p.enumOf({
      Alloc: { bundle, lifetime: p.unitEnum("Short", "Static") },
      Send: [p.u32, p.u32],
      Cancel: p.u32,
      Stats: null,
    }),
    { format: "1" },
  )
  .decode(Uint8Array.of(3));

/** A struct. */
export const sample = p
  .codec(
    p.struct({
      id: p.u64,
      name: p.string,
      tags: p.seq(p.string),
      at: p.option(p.u32),
      pair: p.tuple([p.u8, p.f32]),
      counts: p.map(p.string, p.u8),
      outcome: p.result(p.u8, p.string),
    }),
    { format: "1" },
  )
  .decode(new Uint8Array(12));
