import type { Ask } from '../ask';
import type { Awaitable } from '../awaitable';
import type { KnownClient } from '../clients/client';
import { invalidRequest } from '../errors';
import type { Emit } from '../events';
import { common, includesAll, scopeRefused } from '../scopes';
import type { Family } from '../stores/store';
import type { Throttle } from '../throttle/throttle';
import { invalidRefreshToken, type ActiveToken, type Presented, type RefreshTokens } from '../tokens/refresh-tokens';
import type { Revoke } from '../tokens/revoke';
import type { Granted, GrantHandler, TokenRequest } from './grant';
import type { Policy } from './policy';
import { readUser, type User } from './user';

/** Answers a user who may still hold a session, `undefined` for one who is gone or disabled. */
export type FindUser = (userId: string) => Awaitable<User | undefined>;

interface Parts {
  readonly refreshTokens: RefreshTokens;
  readonly findUser: FindUser | undefined;
  readonly policy: Policy;
  readonly revoke: Revoke;
  readonly throttle: Pick<Throttle, 'token'>;
  readonly ask: Ask;
  readonly emit: Emit;
}

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2). Everything that can be refused is refused before anything is changed,
 * so that a mistyped scope costs nobody the session; only then the successor is prepared, which takes effect when it is saved.
 */
export function refreshTokenGrant({ refreshTokens, findUser, policy, revoke, throttle, ask, emit }: Parts): GrantHandler {
  const replayed = (family: Family, client: KnownClient) => (): Awaitable<void> => {
    const { id: familyId, clientId, userId } = family;
    emit({ type: 'token_replayed', familyId, clientId, ...(userId === undefined ? {} : { userId }) });
    return revoke.family(family, client);
  };
  const stillThere = async (family: Family, client: KnownClient): Promise<User | undefined> => {
    const { userId } = family;
    if (findUser === undefined || userId === undefined) return undefined;
    const user = readUser('findUser', await ask('findUser', () => findUser(userId)));
    if (user?.id === userId) return user;
    await revoke.family(family, client);
    throw invalidRefreshToken();
  };

  /** What is wrong with the token itself comes first: a theft is noticed whatever else the request asks for. */
  const genuine = async (found: Presented, client: KnownClient): Promise<ActiveToken> => {
    if (found.state === 'active') return found;
    if (found.state === 'spent') await replayed(found.family, client)();
    if (found.state === 'ending') await revoke.family(found.family, client);
    throw invalidRefreshToken();
  };
  const look = async (presented: string, client: KnownClient, { req }: TokenRequest, begun: number): Promise<ActiveToken> => {
    const found = await refreshTokens.look(presented, begun);
    // Another client's token is as good as none, and nothing that this client does may harm its owner (RFC 6749 §6).
    if (found.state === 'unknown' || found.family.clientId !== client.id) {
      await throttle.token(client.id, req).wrong();
      throw invalidRefreshToken();
    }
    return genuine(found, client);
  };
  const succeed = async (active: ActiveToken, presented: string, client: KnownClient, request: TokenRequest): Promise<Granted> => {
    const { family } = active;
    const audience = policy.stillMeant(client, family.audience, request.resources);
    if (!includesAll(family.scopes, request.scopes)) throw scopeRefused();
    const user = await stillThere(family, client);
    const scopes = await currentScopes(policy, family, { client, user, request });
    const { clientId, userId, authTime } = family;
    return {
      ...(user === undefined ? {} : { user }),
      authorization: { clientId, scopes, audience, ...(userId === undefined ? {} : { userId }), ...(authTime === undefined ? {} : { authTime }) },
      successor: refreshTokens.succeed(active, presented, replayed(family, client)),
    };
  };

  return {
    type: 'refresh_token',
    async handle(client, request, begun) {
      const presented = request.params.refresh_token;
      if (presented === undefined) throw invalidRequest('The parameter refresh_token is missing');
      const recalled = await refreshTokens.recall(presented, begun);
      if (recalled?.family.clientId !== client.id) return succeed(await look(presented, client, request, begun), presented, client, request);
      try {
        return await succeed(recalled, presented, client, request);
      } catch (refused) {
        await genuine(await refreshTokens.look(presented, begun), client);
        throw refused;
      }
    },
  };
}

/** The scopes asked for out of those once granted, as far as client and user may still have them. */
async function currentScopes(
  policy: Policy,
  { scopes: original }: Family,
  { client, user, request }: { readonly client: KnownClient; readonly user: User | undefined; readonly request: TokenRequest },
): Promise<readonly string[]> {
  const wanted = request.scopes.length > 0 ? request.scopes : original;
  if (wanted.length === 0) return [];
  const scopes = common(await policy.stillAllowed({ client, user, requested: wanted }), original);
  if (scopes.length === 0) throw scopeRefused();
  return scopes;
}
