import type { Authorization } from '../authorization';
import { formatScope, isScope } from '../scopes';
import type { Json } from './jws';

/** An access token that was verified: what it represents, and its own identity. */
export interface AccessToken extends Authorization {
  /** `jti` (RFC 9068 §2.2). */
  readonly id: string;
  /** `sub`: the user, or the client where no user stands behind the token. */
  readonly subject: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly notBefore?: number;
  /** All claims as they stand in the token. */
  readonly claims: Json;
}

/** Claims that say who, what and when; an app's own claims may not replace them, nor all of them by a `toJSON`. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'auth_time', 'sid', 'cnf', 'act', 'active', 'token_type', 'toJSON',
]);

export interface Issue {
  readonly id: string;
  /** Absent where the claims stand under its name. */
  readonly issuer?: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly extra?: Json | undefined;
}

/** The claims of RFC 9068 §2.2. `auth_time` is there if and only if a user stands behind the token (RFC 9068 §2.2.1). */
export function toClaims(authorization: Authorization, { id, issuer, issuedAt, expiresAt, extra }: Issue): Json {
  const { clientId, userId, scopes, audience, authTime, familyId } = authorization;
  return {
    iss: issuer,
    sub: userId ?? clientId,
    aud: audience.length === 1 ? audience[0] : audience,
    client_id: clientId,
    iat: issuedAt,
    exp: expiresAt,
    jti: id,
    ...(scopes.length > 0 ? { scope: formatScope(scopes) } : {}),
    ...(userId === undefined ? {} : { auth_time: authTime ?? issuedAt }),
    ...(familyId === undefined ? {} : { sid: familyId }),
    ...extra,
  };
}

/**
 * Reads claims back, all those that RFC 9068 §2.2 requires; `undefined` where one is missing or not what it must be.
 * Freezes them all the way down: a token is remembered, and what one handler changed would hold for every later request.
 */
export function fromClaims(claims: Json): AccessToken | undefined {
  freezeDeep(claims);
  const { sub, client_id: clientId, jti, iat, exp, nbf, auth_time: authTime, sid, cnf } = claims;
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  const scopes = readScopes(claims.scope);
  if (!isText(sub) || !isText(clientId) || !isText(jti) || !isNumericDate(iat) || !isNumericDate(exp)) return undefined;
  // `cnf` binds a token to a key (RFC 7800): nobody here asks for the proof, without which it may be stolen (RFC 9449 §7.2).
  if (!isAudience(audience) || scopes === undefined || exp <= iat || cnf !== undefined) return undefined;
  if (!isOptional(nbf, isNumericDate) || !isOptional(authTime, isNumericDate) || !isOptional(sid, isText)) return undefined;
  return {
    id: jti,
    subject: sub,
    clientId,
    ...(authTime === undefined ? {} : { userId: sub, authTime }),
    scopes,
    audience,
    issuedAt: iat,
    expiresAt: exp,
    ...(nbf === undefined ? {} : { notBefore: nbf }),
    ...(sid === undefined ? {} : { familyId: sid }),
    claims,
  };
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(freezeDeep);
  Object.freeze(value);
}

function readScopes(scope: unknown): readonly string[] | undefined {
  if (scope === undefined) return [];
  if (typeof scope !== 'string') return undefined;
  const scopes = scope.split(' ');
  return scopes.every(isScope) ? scopes : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
/** RFC 7519 §2 NumericDate; whole seconds, as everyone writes it. */
const isNumericDate = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isAudience = (value: unknown): value is readonly string[] => Array.isArray(value) && value.length > 0 && value.every(isText);

function isOptional<T>(value: unknown, check: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || check(value);
}
