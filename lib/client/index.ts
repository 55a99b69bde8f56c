import type { TokenClientOptions } from './options';
import { createTokenClient, type TokenClient as Client } from './token-client';

export { OAuthError } from '../errors';
export type { TokenClientOptions } from './options';
export type { ClientCredentialsRequest, PasswordRequest } from './token-client';
export type { TokenClientError } from './refusal';
export type { TokenResponse } from './token-request';
export { createTokenClient } from './token-client';

/** A client of an OAuth 2.0 server: `new TokenClient({ issuer, clientId, clientSecret })`. */
export type TokenClient = Client;

/** `createTokenClient`, for those who like to write `new`. */
export const TokenClient = function TokenClient(options: TokenClientOptions): TokenClient {
  return createTokenClient(options);
} as unknown as { new (options: TokenClientOptions): TokenClient; (options: TokenClientOptions): TokenClient };
