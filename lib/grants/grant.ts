import type { Request } from 'express';
import type { Authorization } from '../authorization';
import type { Awaitable } from '../awaitable';
import type { Client, KnownClient } from '../clients/client';
import type { Params } from '../http/form';
import type { PreparedToken } from '../tokens/refresh-tokens';
import type { User } from './user';

/** What a token request asks for, after the client has authenticated. */
export interface TokenRequest {
  readonly params: Params;
  /** The scopes of `scope`, each once. */
  readonly scopes: readonly string[];
  /** The values of `resource` (RFC 8707 §2). */
  readonly resources: readonly string[];
  readonly req: Request;
}

/** What a grant decided. */
export interface Granted {
  readonly authorization: Authorization;
  readonly user?: User;
  /** The refresh token that goes on from the one presented. Absent: a user's first one starts a new family. */
  readonly successor?: PreparedToken;
}

/** A grant of this package: one request of one client in, an authorization out. It refuses by throwing `OAuthError`. */
export interface GrantHandler {
  readonly type: string;
  /** `begun`: when the request came, in milliseconds since 1970. */
  handle(client: KnownClient, request: TokenRequest, begun: number): Awaitable<Granted>;
}

/**
 * A grant of the app's own (RFC 6749 §4.5). `handle` answers who is authorized for what, `undefined` for no
 * (`invalid_grant`), or throws an `OAuthError`. Clients may use it that list its `type` in their `grants`.
 */
export interface Grant {
  /** `grant_type`, an absolute URI by RFC 6749 §4.5. */
  readonly type: string;
  /**
   * @param client - it has authenticated, and lists this grant.
   * @param params - the parameters of the request, each a text that is not empty.
   */
  handle(client: Client, params: Params, request: TokenRequest): Awaitable<GrantDecision | undefined>;
}

/** An `Authorization` of which everything may be left to the policy of the other grants. */
export interface GrantDecision {
  /** The user; absent: the app acts for itself and gets no refresh token. */
  readonly userId?: string;
  /** Default: as in the other grants, the requested scopes if they are allowed to the client. */
  readonly scopes?: readonly string[];
  /**
   * Default: the resources requested, if they are allowed to the client, else `accessToken.audience`.
   * A refresh keeps of it what is allowed to the client then.
   */
  readonly audience?: readonly string[];
}
