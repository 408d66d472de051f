/** A run that cannot be found or read; the message is one line for the user to see. */
export class RunError extends Error {
  /** The name of this class. */
  override name = "RunError";
}
