import type { RequestHandler } from 'express';
import type { Ask } from '../ask';
import type { Authenticate } from '../clients/authenticate';
import type { KnownClient } from '../clients/client';
import { invalidClient, invalidRequest } from '../errors';
import type { FindUser } from '../grants/refresh-token';
import { readUser } from '../grants/user';
import { sendJson } from '../http/send';
import { formatScope } from '../scopes';
import type { Throttle } from '../throttle/throttle';
import type { AccessTokens } from '../tokens/access-tokens';
import type { AccessToken } from '../tokens/claims';
import type { RefreshTokens } from '../tokens/refresh-tokens';
import { isMeantFor } from '../tokens/verify-jwt';
import { formEndpoint, type FormEndpointSettings } from './endpoint';

export interface IntrospectEndpointParts extends FormEndpointSettings {
  readonly authenticate: Authenticate;
  readonly accessTokens: Pick<AccessTokens, 'introspect' | 'read'>;
  readonly refreshTokens: Pick<RefreshTokens, 'look'>;
  readonly findUser: FindUser | undefined;
  readonly issuer: string;
  readonly throttle: Pick<Throttle, 'token'>;
  readonly ask: Ask;
}

const INACTIVE = { active: false };

/** The introspection endpoint (RFC 7662): what a token is, for a resource server it is meant for or the client it was issued to. */
export function introspectEndpoint({ authenticate, accessTokens, refreshTokens, findUser, issuer, throttle, ask, ...settings }: IntrospectEndpointParts): RequestHandler {
  const isThere = async (userId: string | undefined): Promise<boolean> => {
    if (findUser === undefined || userId === undefined) return true;
    return readUser('findUser', await ask('findUser', () => findUser(userId)))?.id === userId;
  };
  const describeAccessToken = async (client: KnownClient, token: string): Promise<object | undefined> => {
    const found = await accessTokens.introspect(token);
    return found && maySee(client, found) && (await isThere(found.userId)) ? describe(found, issuer) : undefined;
  };
  /** A refresh token is nobody's business but its own client's. */
  const describeRefreshToken = async (client: KnownClient, token: string): Promise<object | undefined> => {
    const found = await refreshTokens.look(token);
    if (found.state !== 'active' || found.family.clientId !== client.id || !(await isThere(found.family.userId))) return undefined;
    const { scopes, clientId, userId, expiresAt, idleExpiresAt } = found.family;
    const exp = Math.floor(Math.min(expiresAt, idleExpiresAt) / 1000);
    return { active: true, ...scopeMember(scopes), client_id: clientId, exp, sub: userId ?? clientId };
  };

  const wasIssued = async (token: string): Promise<boolean> =>
    (await accessTokens.read(token)) !== undefined || (await refreshTokens.look(token)).state !== 'unknown';

  return formEndpoint(settings, async ({ params }, req, res) => {
    const client = await authenticate(req, params);
    // Anyone can say that they are a public client (RFC 7662 §2.1).
    if (client.public === true) throw invalidClient();
    if (params.token === undefined) throw invalidRequest('The parameter token is missing');
    const answer = (await describeAccessToken(client, params.token)) ?? (await describeRefreshToken(client, params.token));
    // RFC 7662 §4: who asks about token after token that nobody issued is fishing.
    if (answer === undefined && !(await wasIssued(params.token))) await throttle.token(client.id, req).wrong();
    sendJson(res, 200, answer ?? INACTIVE);
  });
}

function maySee(client: KnownClient, token: AccessToken): boolean {
  return token.clientId === client.id || (client.introspection === true && isMeantFor(token, client.audiences ?? []));
}

const scopeMember = (scopes: readonly string[]): object => (scopes.length > 0 ? { scope: formatScope(scopes) } : {});

/** RFC 7662 §2.2; `sid` is the server's own bookkeeping. */
function describe({ scopes, clientId, claims }: AccessToken, iss: string): object {
  return { active: true, ...scopeMember(scopes), client_id: clientId, token_type: 'bearer', iss, ...claims, sid: undefined };
}
