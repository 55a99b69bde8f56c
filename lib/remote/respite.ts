import { unavailable, type OAuthError } from '../errors';

/** Seconds for which an issuer that failed is left alone: those who ask meanwhile hear of the same failure at once. */
const LENGTH = 1;

export interface Respite {
  /** Notes a failure, and makes the 503 of it. */
  begin(cause: unknown): OAuthError;
  /** The 503 of a failure that is not over yet. */
  reason(): OAuthError | undefined;
}

export function createRespite(): Respite {
  let failure: { readonly cause: unknown; readonly until: number } | undefined;
  return {
    begin(cause) {
      failure = { cause, until: performance.now() + LENGTH * 1000 };
      return unavailable(cause, LENGTH);
    },
    reason: () => (failure && performance.now() < failure.until ? unavailable(failure.cause, LENGTH) : undefined),
  };
}
