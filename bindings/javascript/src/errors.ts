/** What fails carries the code that orchd and its C API use for the same. */

/** A refusal or a failure with a code such as `busy`, `not_running` or `model_error`. */
export class OrchestratorError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'OrchestratorError';
  }
}
