import { OAuthError } from '../errors';

/** An `OAuthError` as a client sees it: `error` is the code of the server's answer, or of what kept it from coming. */
export type TokenClientError = OAuthError & { readonly error: string };

/** Makes one; the arguments are those of `OAuthError`. */
export function refusal(...args: ConstructorParameters<typeof OAuthError>): TokenClientError {
  const error = new OAuthError(...args);
  return Object.assign(error, { error: error.code });
}
