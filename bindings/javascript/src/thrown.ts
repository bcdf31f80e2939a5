/** Any thrown value as an Error. What only has a message keeps its words: errors of another realm, and those of some databases. */
export function asError(thrown: unknown): Error {
  let words = 'unknown error';
  try {
    const { message } = Object(thrown) as { message?: unknown };
    if (thrown instanceof Error && typeof message === 'string') return thrown;
    words = String(message ?? thrown);
  } catch {
    // it has no words
  }
  return new Error(words, { cause: thrown });
}

/** Why a fetch() failed: Node's own words are "fetch failed" and no more. */
export function reasonOf(error: Error): string {
  return ((error.cause ?? error) as Error).message;
}
