import { type Codec } from "../codec.ts";
import { encode } from "../cobs/frame.ts";
import { Framer, type FramerOptions } from "./framer.ts";

export { Framer, type FramerOptions } from "./framer.ts";

/** What this module needs of a `TransformStream` of the host. */
export interface Transform<I, O> {
  readonly readable: unknown;
  readonly writable: unknown;
  /** Carries the types only; never set. */
  readonly "~types"?: readonly [I, O];
}

interface Controller<O> {
  enqueue(item: O): void;
}
interface Transformer<I, O> {
  transform(item: I, controller: Controller<O>): void;
  flush?(controller: Controller<O>): void;
}
interface Host {
  readonly TransformStream: new <I, O>(transformer: Transformer<I, O>) => Transform<I, O>;
}

/**
 * The messages of a stream of bytes.
 *
 * @throws PostcardError, also when the stream ends within a message
 */
// eslint-disable-next-line cantrip/no-nondeterminism -- this is the asynchronous entry; no system of ours imports it
export async function* messages<T>(
  codec: Codec<T>,
  source: AsyncIterable<Uint8Array>,
  options: FramerOptions = {},
): AsyncGenerator<T, void, void> {
  const framer = new Framer(codec, options);
  for await (const chunk of source) yield* framer.push(chunk);
  framer.finish();
}

/** A `TransformStream` from bytes to messages. */
export function decoderStream<T>(
  codec: Codec<T>,
  options: FramerOptions = {},
): Transform<Uint8Array, T> {
  const framer = new Framer(codec, options);
  const { TransformStream } = globalThis as unknown as Host;
  return new TransformStream<Uint8Array, T>({
    transform(chunk, controller) {
      for (const message of framer.push(chunk)) controller.enqueue(message);
    },
    flush() {
      framer.finish();
    },
  });
}

/** A `TransformStream` from messages to bytes, in COBS frames if `framing` says so. */
export function encoderStream<T>(
  codec: Codec<T>,
  options: Pick<FramerOptions, "framing"> = {},
): Transform<T, Uint8Array> {
  const { TransformStream } = globalThis as unknown as Host;
  return new TransformStream<T, Uint8Array>({
    transform(message, controller) {
      const bytes = codec.encode(message);
      // Who gets it may transfer its buffer, which is not that of other messages.
      controller.enqueue(options.framing === "cobs" ? encode(bytes) : bytes.slice());
    },
  });
}
