import type { Ask } from '../ask';
import type { Authorization } from '../authorization';
import { after, type Awaitable } from '../awaitable';
import { OAuthError } from '../errors';
import { createId } from '../ids';
import { readFamily, readRotationResult } from '../stores/answers';
import type { Family, Rotation, TokenStore } from '../stores/store';
import { hashToken } from './hash';
import { createFamilySecret, firstToken, isSealed, parseRefreshToken, successorOf } from './refresh-token-text';
import { createReuse } from './reuse';
import type { Revocations } from './revocations';
import { createRotatedFamilies, isAlive } from './rotated-families';

export interface RefreshTokenSettings {
  /** Seconds. */
  readonly idleLifetime: number;
  readonly absoluteLifetime: number;
  readonly reuseWindow: number;
}

/** A refresh token that is ready to be handed out, and stands in the store once `save` has answered. */
export interface PreparedToken {
  readonly familyId: string;
  readonly token: string;
  save(): Awaitable<void>;
}

/** What a presented refresh token turned out to be. `ending`: its family is on the list and yet in the store, as a revocation was cut off. */
export type Presented =
  | ActiveToken
  | { readonly state: 'spent'; readonly family: Family }
  | { readonly state: 'ending'; readonly family: Family }
  | { readonly state: 'unknown' };

/** A refresh token that may be exchanged. `presentedAt`: when its request came, in milliseconds since 1970. */
export interface ActiveToken {
  readonly state: 'active';
  readonly family: Family;
  readonly presentedAt: number;
}

/** In seconds: of its client's access tokens, and from the login to the end. */
export interface SessionLifetimes {
  readonly access: number;
  readonly session: number;
}

export interface RefreshTokens {
  /** Starts a family (the first refresh token after a login). `begun`: when the login did, as `Revocations.issueTime` told it. */
  start(authorization: Authorization, lifetimes: SessionLifetimes, begun: number): PreparedToken;
  /** Prepares the successor of a token that is `active`; `end` is called if it turns out `spent` when it is saved. */
  succeed(active: ActiveToken, presented: string, end: () => Awaitable<void>): PreparedToken;
  /** Looks a token up and changes nothing. `spent`: it was genuine once, so somebody has a copy. It is judged by when its request came. */
  look(presented: string, presentedAt?: number): Awaitable<Presented>;
  /**
   * As `look`, without the store, for a caller that goes on to `succeed`: the newest token of a family that this process has
   * rotated before. All but the rotation itself is settled for good at the login, and saving asks the store for that.
   * `undefined` where it takes a look; so it does too before the request is refused for another reason.
   */
  recall(presented: string, presentedAt: number): Awaitable<ActiveToken | undefined>;
}

interface Parts {
  readonly issuer: string;
  readonly settings: RefreshTokenSettings;
  readonly store: Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'>;
  readonly revocations: Revocations;
  readonly ask: Ask;
  /** As `ask`, for the rotation alone, which may have to be asked for again in time. */
  readonly askToRotate: Ask;
}

/** The same words whatever was wrong with the token. */
export const invalidRefreshToken = (): OAuthError => new OAuthError('invalid_grant', 'The refresh token is not valid');

export function createRefreshTokens({ issuer, settings, store, revocations, ask, askToRotate }: Parts): RefreshTokens {
  const idleEnd = (now: number, end: number): number => Math.min(now + settings.idleLifetime * 1000, end);
  const reuse = createReuse(Math.round(settings.reuseWindow * 1000));
  const rotated = createRotatedFamilies();
  const isRevoked = ({ id, clientId, userId }: Family): Awaitable<boolean> => revocations.covers({ clientId, familyId: id, ...(userId === undefined ? {} : { userId }) });

  const look = (presented: string, presentedAt = Date.now()): Awaitable<Presented> => {
    const parts = parseRefreshToken(presented);
    if (parts === undefined) return { state: 'unknown' };
    const { id } = parts;
    return after(ask('store.findFamily', () => store.findFamily(id)), (found) => {
      const family = readFamily(id, found);
      if (!family || !isAlive(family) || !isSealed(parts, { id, secret: family.secret, issuer })) return { state: 'unknown' };
      return after(isRevoked(family), (revoked) => {
        if (revoked) return revocations.names(id) ? { state: 'ending', family } : { state: 'unknown' };
        const spent = reuse.isSpent(family, hashToken(presented), presentedAt);
        return spent ? { state: 'spent', family } : { state: 'active', family, presentedAt };
      });
    });
  };

  return {
    look,
    recall(presented, presentedAt) {
      const family = rotated.take(presented);
      return family && after(isRevoked(family), (revoked) => (revoked ? undefined : { state: 'active', family, presentedAt }));
    },
    start({ clientId, userId, scopes, audience, authTime }, { access: accessLifetime, session: absoluteLifetime }, begun) {
      const now = Date.now();
      const id = createId(begun);
      const secret = createFamilySecret();
      const token = firstToken({ id, secret, issuer });
      const expiresAt = now + absoluteLifetime * 1000;
      const family = {
        id, clientId, scopes, audience, secret, accessLifetime, expiresAt,
        current: hashToken(token),
        idleExpiresAt: idleEnd(now, expiresAt),
        ...(userId === undefined ? {} : { userId }),
        ...(authTime === undefined ? {} : { authTime }),
      };
      return { familyId: id, token, save: () => ask('store.createFamily', () => store.createFamily(family)) };
    },
    succeed({ family, presentedAt }, presented, end) {
      const { id, secret, expiresAt } = family;
      const token = successorOf(presented, { id, secret, issuer });
      const successor = hashToken(token);
      const save = (): Awaitable<void> => {
        const { at, reuseWindow } = reuse.timing(presentedAt);
        const idleExpiresAt = idleEnd(at, expiresAt);
        const rotation: Rotation = { presented: hashToken(presented), successor, at, reuseWindow, idleExpiresAt };
        return after(askToRotate('store.rotateFamily', () => store.rotateFamily(id, rotation)), (answer) => {
          const result = readRotationResult(answer);
          if (result === 'rotated' || result === 'repeated') {
            rotated.put({ ...family, current: successor, idleExpiresAt });
            return;
          }
          return after(result === 'spent' ? end() : undefined, refuse);
        });
      };
      return { familyId: id, token, save };
    },
  };
}

function refuse(): never {
  throw invalidRefreshToken();
}
