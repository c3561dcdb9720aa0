/** A server answered with an error. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly interfaceName: string;
  readonly request: string;
  readonly code: number;
  /** Name of the code in the interface's error enumeration: what Rust's `{:?}` prints. */
  readonly errorName: string;
  constructor(interfaceName: string, request: string, code: number, errorName: string) {
    super(`${interfaceName}.${request}: ${errorName}`);
    this.interfaceName = interfaceName;
    this.request = request;
    this.code = code;
    this.errorName = errorName;
  }
}

/** A handler refuses a request with an error code of its interface. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  readonly code: number;
  constructor(code: number, message = `error ${code}`, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
