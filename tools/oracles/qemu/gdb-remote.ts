import { connect, type Socket } from "node:net";

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
/** What an escaped byte is combined with. */
const ESCAPE_MASK = 0x20;

/**
 * The debugger's side of the GDB remote serial protocol, over TCP: packets out, one reply for each. It acknowledges a
 * reply with its next packet, which is enough for QEMU.
 */
export class GdbRemote {
  readonly #socket: Socket;
  /** Bytes that no reply was made of yet. */
  #input: Buffer = Buffer.alloc(0);
  readonly #replies: string[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#take(bytes);
    });
    socket.on("error", (error) => {
      this.#fail(error);
    });
    socket.on("close", () => {
      this.#fail(new Error("the peer closed the connection"));
    });
  }

  /**
   * Connects to a stub on this machine.
   *
   * @throws Error when nobody listens there
   */
  static async connect(port: number): Promise<GdbRemote> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const attempt = connect({ host: "127.0.0.1", port }, () => {
        resolve(attempt);
      });
      attempt.once("error", reject);
    });
    return new GdbRemote(socket);
  }

  /** Sends a packet and returns the reply. */
  async ask(packet: string): Promise<string> {
    const [reply = ""] = await this.askAll([packet]);
    return reply;
  }

  /** Sends packets in one go, none of which may let the target run, and returns the replies in order. */
  async askAll(packets: readonly string[]): Promise<readonly string[]> {
    this.#socket.write(packets.map(framed).join(""), "latin1");
    while (this.#replies.length < packets.length) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#replies.splice(0, packets.length);
  }

  /** Sends packets that are each answered by `OK`. @throws Error for another answer */
  async command(...packets: readonly string[]): Promise<void> {
    const replies = await this.askAll(packets);
    replies.forEach((reply, index) => {
      if (reply !== "OK") throw new Error(`${packets[index] ?? ""}: ${reply}`);
    });
  }

  /** A file that describes the target, as `target.xml`. */
  async readFeature(name: string): Promise<string> {
    let text = "";
    for (;;) {
      const reply = await this.ask(`qXfer:features:read:${name}:${text.length.toString(16)},800`);
      if (!/^[lm]/.test(reply)) throw new Error(`no feature ${name}: ${reply}`);
      text += reply.slice(1);
      if (reply.startsWith("l")) return text;
    }
  }

  /** Bytes of memory. @throws Error when the target cannot read there */
  async readMemory(address: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const step = 1024;
    const packets: string[] = [];
    for (let at = 0; at < length; at += step) {
      packets.push(`m${(address + at).toString(16)},${Math.min(step, length - at).toString(16)}`);
    }
    const replies = await this.askAll(packets);
    replies.forEach((reply, index) => {
      if (reply.length !== Math.min(step, length - index * step) * 2)
        throw new Error(`${packets[index] ?? ""}: ${reply}`);
      bytes.set(Buffer.from(reply, "hex"), index * step);
    });
    return bytes;
  }

  /** Writes memory. @throws Error when the target cannot write there */
  async writeMemory(address: number, bytes: Uint8Array): Promise<void> {
    const step = 1024;
    const packets: string[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const piece = Buffer.from(bytes.subarray(at, at + step));
      const length = piece.length.toString(16);
      packets.push(`M${(address + at).toString(16)},${length}:${piece.toString("hex")}`);
    }
    await this.command(...packets);
  }

  /** Ends the connection. */
  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  #take(bytes: Buffer): void {
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes]);
    for (;;) {
      const start = this.#input.indexOf(DOLLAR);
      const end = start < 0 ? -1 : this.#input.indexOf(HASH, start);
      // Two digits of a checksum, which TCP makes superfluous, follow.
      if (end < 0 || this.#input.length < end + 3) break;
      this.#replies.push(unescaped(this.#input.subarray(start + 1, end)));
      this.#input = this.#input.subarray(end + 3);
    }
    this.#wake?.();
  }
}

/** A packet with its checksum. */
function framed(packet: string): string {
  let sum = 0;
  for (let index = 0; index < packet.length; index++) sum += packet.charCodeAt(index);
  return `$${packet}#${(sum & 0xff).toString(16).padStart(2, "0")}`;
}

function unescaped(body: Buffer): string {
  if (!body.includes(ESCAPE)) return body.toString("latin1");
  const bytes: number[] = [];
  let isEscaped = false;
  for (const byte of body) {
    if (isEscaped) bytes.push(byte ^ ESCAPE_MASK);
    else if (byte !== ESCAPE) bytes.push(byte);
    isEscaped = !isEscaped && byte === ESCAPE;
  }
  return Buffer.from(bytes).toString("latin1");
}
