/** What fails carries the code that orchd and its C API use for the same. */

/** What a server's refusal says beside its code. */
export interface ErrorDetails {
  /** The input that is wrong. */
  readonly field?: string;
  /** The status over HTTP. */
  readonly status?: number;
  /** With `rate_limited`: when it is worth while to try again. */
  readonly retryAfterMs?: number;
}

/** A refusal or a failure with a code such as `busy`, `not_running` or `model_error`. */
export class OrchestratorError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
    this.name = 'OrchestratorError';
  }
}

/** Of a manager that resetInstance() ended. */
export function closedError(): OrchestratorError {
  return new OrchestratorError('closed', 'the daemon manager was reset');
}
