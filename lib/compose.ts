import { createAsk, type Ask } from './ask';
import { createAuthenticate, type Authenticate } from './clients/authenticate';
import { createIssue, type Issue } from './endpoints/issue';
import { createEmit, type Emit } from './events';
import { clientCredentialsGrant } from './grants/client-credentials';
import type { GrantHandler } from './grants/grant';
import { ownGrant } from './grants/own-grant';
import { passwordGrant } from './grants/password';
import { createPolicy } from './grants/policy';
import { refreshTokenGrant } from './grants/refresh-token';
import type { Settings } from './options/settings';
import { createThrottle, type Throttle } from './throttle/throttle';
import { createAccessTokens, type AccessTokens } from './tokens/access-tokens';
import { createIdTokens } from './tokens/id-tokens';
import { createKeyRing, type KeyRing } from './tokens/keys';
import { createLifetimes, type Lifetimes } from './tokens/lifetimes';
import { createRefreshTokens, type RefreshTokens } from './tokens/refresh-tokens';
import { createRevocations, type Revocations } from './tokens/revocations';
import { createRevoke, type Revoke } from './tokens/revoke';

/** The parts of one server, each made once and handed only what it needs. */
export interface Parts {
  readonly ask: Ask;
  readonly emit: Emit;
  readonly keys: KeyRing;
  readonly lifetimes: Lifetimes;
  readonly revocations: Revocations;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly revoke: Revoke;
  readonly throttle: Throttle;
  readonly authenticate: Authenticate;
  readonly grants: ReadonlyMap<string, GrantHandler>;
  readonly issue: Issue;
}

/** A limiter that all processes share has this long to answer; then the counts of this one decide. */
const LIMITER_SECONDS = 1;

export function compose(settings: Settings): Parts {
  const { issuer, store } = settings;
  const ask = createAsk(settings.timeout);
  const emit = createEmit(settings.onEvent);
  const keys = createKeyRing(settings.keys);
  const lifetimes = createLifetimes(settings.accessToken.lifetime, settings.refreshToken.absoluteLifetime);
  const revocations = createRevocations(store, ask);
  const accessTokens = createAccessTokens({ issuer, settings: settings.accessToken, keys, store, revocations, ask });
  const refreshTokens = createRefreshTokens({ issuer, settings: settings.refreshToken, store, revocations, ask, askToRotate: askToRotate(settings) });
  const revoke = createRevoke({ revocations, lifetimes, emit });
  const throttle = createThrottle(settings.throttle, { ask: createAsk(Math.min(settings.timeout, LIMITER_SECONDS)), emit });
  const authenticate = createAuthenticate({ ask, findClient: settings.findClient, throttle, emit });
  const grants = composeGrants(settings, { ask, emit, refreshTokens, revoke, throttle });
  const idTokens = createIdTokens({ issuer, keys, lifetime: (client) => lifetimes.access(client) });
  const issue = createIssue({ accessTokens, refreshTokens, idTokens, lifetimes, emit });
  return { ask, emit, keys, lifetimes, revocations, accessTokens, refreshTokens, revoke, throttle, authenticate, grants, issue };
}

type GrantParts = Pick<Parts, 'ask' | 'emit' | 'refreshTokens' | 'revoke' | 'throttle'>;

/** The grants that are on, by their type. */
function composeGrants(settings: Settings, { ask, emit, refreshTokens, revoke, throttle }: GrantParts): ReadonlyMap<string, GrantHandler> {
  const { verifyUser, findUser } = settings;
  const policy = createPolicy(settings.grantScopes, settings.accessToken.audience, ask);
  const handlers = [
    clientCredentialsGrant(policy),
    ...(verifyUser === undefined ? [] : [passwordGrant({ verifyUser, policy, throttle, ask, emit })]),
    ...(hasSessions(settings) ? [refreshTokenGrant({ refreshTokens, findUser, policy, revoke, throttle, ask, emit })] : []),
    ...settings.grants.map((grant) => ownGrant(grant, policy, ask)),
  ];
  return new Map(handlers.map((handler) => [handler.type, handler]));
}

/** Where no grant has a user there is nothing to refresh. */
const hasSessions = ({ verifyUser, grants }: Settings): boolean => verifyUser !== undefined || grants.length > 0;

/** A rotation whose answer was lost may have been made: at least half of the reuse window is left to ask for it again. */
function askToRotate({ timeout, refreshToken: { reuseWindow } }: Settings): Ask {
  const seconds = Math.max(SHORTEST_ROTATION, reuseWindow / 2);
  return reuseWindow === 0 || seconds >= timeout ? createAsk(timeout) : createAsk(seconds, 'options timeout and refreshToken.reuseWindow');
}

/** In seconds; it is not for the smallest windows to say that a store is slow. */
const SHORTEST_ROTATION = 2;
