import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Ask } from '../ask';
import type { Authorization } from '../authorization';
import { after, type Awaitable } from '../awaitable';
import { OAuthError } from '../errors';
import { createId } from '../ids';
import { random } from '../random';
import { readFamily, readRotationResult } from '../stores/answers';
import { judge } from '../stores/rotation';
import type { Family, Rotation, TokenStore } from '../stores/store';
import { hashToken } from './hash';
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
}

interface Parts {
  readonly issuer: string;
  readonly settings: RefreshTokenSettings;
  readonly store: Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'>;
  readonly revocations: Revocations;
  readonly ask: Ask;
}

/** `<family id>.<nonce><seal>`: 192 bits that make the token, 144 that prove the family made it. */
const TOKEN = /^([A-Za-z0-9_-]{32})\.([A-Za-z0-9_-]{32})([A-Za-z0-9_-]{24})$/;
const NONCE = 32;
const SEAL = 24;

/** The same words whatever was wrong with the token. */
export const invalidRefreshToken = (): OAuthError => new OAuthError('invalid_grant', 'The refresh token is not valid');

export function createRefreshTokens({ issuer, settings, store, revocations, ask }: Parts): RefreshTokens {
  const idleEnd = (now: number, end: number): number => Math.min(now + settings.idleLifetime * 1000, end);
  const window = Math.round(settings.reuseWindow * 1000);

  return {
    start({ clientId, userId, scopes, audience, authTime }, { access: accessLifetime, session: absoluteLifetime }, begun) {
      const now = Date.now();
      const id = createId(begun);
      const secret = random(24).toString('base64url');
      const token = seal(random(24).toString('base64url'), { id, secret, issuer });
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
    succeed({ id, secret, expiresAt }, presented, end) {
      const token = seal(hmac(secret, presented).slice(0, NONCE), { id, secret, issuer });
      // Dated when it is saved: a slow callback before that must not use up the window.
      const rotation = (at: number): Rotation => ({
        presented: hashToken(presented),
        successor: hashToken(token),
        at,
        reuseWindow: window,
        idleExpiresAt: idleEnd(at, expiresAt),
      });
      const save = (): Awaitable<void> =>
        after(ask('store.rotateFamily', () => store.rotateFamily(id, rotation(Date.now()))), (answer) => {
          const result = readRotationResult(answer);
          if (result === 'rotated' || result === 'repeated') return;
          return after(result === 'spent' ? end() : undefined, refuse);
        });
      return { familyId: id, token, save };
    },
    look(presented) {
      const [, id, nonce = '', sealed = ''] = TOKEN.exec(presented) ?? [];
      if (id === undefined) return { state: 'unknown' };
      return after(ask('store.findFamily', () => store.findFamily(id)), (found) => {
        const family = readFamily(id, found);
        if (!family || !isInForce(family) || !isSealed(nonce, sealed, { id, secret: family.secret, issuer })) return { state: 'unknown' };
        const { clientId, userId } = family;
        return after(revocations.covers({ clientId, familyId: id, ...(userId === undefined ? {} : { userId }) }), (revoked) => {
          if (revoked) return revocations.names(id) ? { state: 'ending', family } : { state: 'unknown' };
          const now = { presented: hashToken(presented), at: Date.now(), reuseWindow: window };
          return { state: judge(family, now) === 'spent' ? 'spent' : 'active', family };
        });
      });
    },
  };
}

function isInForce({ expiresAt, idleExpiresAt }: Family): boolean {
  return Date.now() < Math.min(expiresAt, idleExpiresAt);
}

function refuse(): never {
  throw invalidRefreshToken();
}

/** What makes a seal. The issuer is in it, as it is in a JWT: where two share a store, neither takes the other's tokens. */
interface Sealer extends Pick<Family, 'id' | 'secret'> {
  readonly issuer: string;
}

const sealOf = (nonce: string, { secret, issuer }: Sealer): string => hmac(secret, `seal${nonce}${issuer}`).slice(0, SEAL);

const seal = (nonce: string, sealer: Sealer): string => `${sealer.id}.${nonce}${sealOf(nonce, sealer)}`;

/** Whether the family made this token: a guess must not be able to end a family as a replayed token does. */
const isSealed = (nonce: string, sealed: string, sealer: Sealer): boolean => timingSafeEqual(Buffer.from(sealed), Buffer.from(sealOf(nonce, sealer)));

const hmac = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
