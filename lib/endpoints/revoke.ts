import type { RequestHandler } from 'express';
import type { Authenticate } from '../clients/authenticate';
import type { KnownClient } from '../clients/client';
import { invalidRequest, OAuthError } from '../errors';
import { sendJson } from '../http/send';
import type { Throttle } from '../throttle/throttle';
import type { AccessTokens } from '../tokens/access-tokens';
import type { RefreshTokens } from '../tokens/refresh-tokens';
import type { Revoke } from '../tokens/revoke';
import { formEndpoint, type FormEndpointSettings } from './endpoint';

export interface RevokeEndpointParts extends FormEndpointSettings {
  readonly authenticate: Authenticate;
  readonly accessTokens: Pick<AccessTokens, 'read'>;
  readonly refreshTokens: Pick<RefreshTokens, 'look'>;
  readonly revoke: Revoke;
  readonly throttle: Pick<Throttle, 'token'>;
}

/**
 * The revocation endpoint (RFC 7009). A refresh token takes its whole family with it, and so does an access token of one:
 * who wants the one gone wants the session gone. `token_type_hint` is not needed, a token shows what it is.
 */
export function revokeEndpoint({ authenticate, accessTokens, refreshTokens, revoke, throttle, ...settings }: RevokeEndpointParts): RequestHandler {
  /** These two answer whether it is a token of that kind. */
  const revokeRefreshToken = async (client: KnownClient, token: string): Promise<boolean> => {
    const found = await refreshTokens.look(token);
    if (found.state === 'unknown') return false;
    checkOwner(client, found.family);
    await revoke.family(found.family, client);
    return true;
  };
  const revokeAccessToken = async (client: KnownClient, token: string): Promise<boolean> => {
    const found = await accessTokens.read(token);
    if (found === undefined) return false;
    if (found.expiresAt * 1000 <= Date.now()) return true;
    checkOwner(client, found);
    if (found.familyId === undefined) await revoke.token(found);
    else await revoke.family({ ...found, id: found.familyId, accessLifetime: found.expiresAt - found.issuedAt }, client);
    return true;
  };

  return formEndpoint(settings, async ({ params }, req, res) => {
    const client = await authenticate(req, params);
    if (params.token === undefined) throw invalidRequest('The parameter token is missing');
    const isOurs = (await revokeRefreshToken(client, params.token)) || (await revokeAccessToken(client, params.token));
    if (!isOurs) await throttle.token(client.id, req).wrong();
    // RFC 7009 §2.2: the same for a token that nobody knows. Clients choke on an empty body.
    sendJson(res, 200, {});
  });
}

function checkOwner(client: KnownClient, { clientId }: { readonly clientId: string }): void {
  if (clientId !== client.id) throw new OAuthError('invalid_grant', 'The token was not issued to this client');
}
