/** The kernel's own state is inconsistent: a defect of the model, never of a user thread. */
export class KernelInvariantError extends Error {
  override readonly name = "KernelInvariantError";
}
