import type { Ask } from '../ask';
import type { Authorization } from '../authorization';
import { after, type Awaitable } from '../awaitable';
import { OAuthError } from '../errors';
import { createId } from '../ids';
import { readFamily, readRotationResult } from '../stores/answers';
import { judge } from '../stores/rotation';
import type { Family, Rotation, TokenStore } from '../stores/store';
import { createGenerations } from './generations';
import { hashToken } from './hash';
import { createFamilySecret, firstToken, isSealed, parseRefreshToken, successorOf } from './refresh-token-text';
import type { Revocations } from './revocations';

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
  | { readonly state: 'active'; readonly family: Family }
  | { readonly state: 'spent'; readonly family: Family }
  | { readonly state: 'ending'; readonly family: Family }
  | { readonly state: 'unknown' };

/** In seconds: of its client's access tokens, and from the login to the end. */
export interface SessionLifetimes {
  readonly access: number;
  readonly session: number;
}

export interface RefreshTokens {
  /** Starts a family (the first refresh token after a login). `begun`: when the login did, as `Revocations.issueTime` told it. */
  start(authorization: Authorization, lifetimes: SessionLifetimes, begun: number): PreparedToken;
  /** Prepares the successor of a token that is `active`; `end` is called if it turns out `spent` when it is saved. */
  succeed(family: Family, presented: string, end: () => Awaitable<void>): PreparedToken;
  /** Looks a token up and changes nothing. `spent`: it was genuine once, so somebody has a copy. */
  look(presented: string): Awaitable<Presented>;
  /**
   * As `look`, for a caller that goes on to `succeed`. The newest token of a family that this process has rotated before
   * needs no look into the store: all but the rotation itself is settled for good at the login, and saving asks the store for that.
   */
  lookToSucceed(presented: string): Awaitable<Presented>;
}

interface Parts {
  readonly issuer: string;
  readonly settings: RefreshTokenSettings;
  readonly store: Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'>;
  readonly revocations: Revocations;
  readonly ask: Ask;
}

/** Families of which the newest token is remembered; one takes about half a kilobyte. */
const REMEMBERED = 10_000;

/** The same words whatever was wrong with the token. */
export const invalidRefreshToken = (): OAuthError => new OAuthError('invalid_grant', 'The refresh token is not valid');

export function createRefreshTokens({ issuer, settings, store, revocations, ask }: Parts): RefreshTokens {
  const idleEnd = (now: number, end: number): number => Math.min(now + settings.idleLifetime * 1000, end);
  const window = Math.round(settings.reuseWindow * 1000);
  const rotated = createGenerations<Family>(REMEMBERED);
  const isRevoked = ({ id, clientId, userId }: Family): Awaitable<boolean> => revocations.covers({ clientId, familyId: id, ...(userId === undefined ? {} : { userId }) });

  const look = (presented: string): Awaitable<Presented> => {
    const parts = parseRefreshToken(presented);
    if (parts === undefined) return { state: 'unknown' };
    const { id } = parts;
    return after(ask('store.findFamily', () => store.findFamily(id)), (found) => {
      const family = readFamily(id, found);
      if (!family || !isInForce(family) || !isSealed(parts, { id, secret: family.secret, issuer })) return { state: 'unknown' };
      return after(isRevoked(family), (revoked) => {
        if (revoked) return revocations.names(id) ? { state: 'ending', family } : { state: 'unknown' };
        const now = { presented: hashToken(presented), at: Date.now(), reuseWindow: window };
        return { state: judge(family, now) === 'spent' ? 'spent' : 'active', family };
      });
    });
  };

  return {
    look,
    lookToSucceed(presented) {
      const parts = parseRefreshToken(presented);
      const family = parts && rotated.get(parts.id);
      if (family?.current !== hashToken(presented) || !isInForce(family)) return look(presented);
      return after(isRevoked(family), (revoked) => (revoked ? look(presented) : { state: 'active', family }));
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
    succeed(family, presented, end) {
      const { id, secret, expiresAt } = family;
      const token = successorOf(presented, { id, secret, issuer });
      const successor = hashToken(token);
      const save = (): Awaitable<void> => {
        // Dated when it is saved: a slow callback before that must not use up the window.
        const at = Date.now();
        const idleExpiresAt = idleEnd(at, expiresAt);
        const rotation: Rotation = { presented: hashToken(presented), successor, at, reuseWindow: window, idleExpiresAt };
        return after(ask('store.rotateFamily', () => store.rotateFamily(id, rotation)), (answer) => {
          const result = readRotationResult(answer);
          if (result === 'rotated' || result === 'repeated') {
            rotated.set(id, { ...family, current: successor, idleExpiresAt });
            return;
          }
          return after(result === 'spent' ? end() : undefined, refuse);
        });
      };
      return { familyId: id, token, save };
    },
  };
}

function isInForce({ expiresAt, idleExpiresAt }: Family): boolean {
  return Date.now() < Math.min(expiresAt, idleExpiresAt);
}

function refuse(): never {
  throw invalidRefreshToken();
}
