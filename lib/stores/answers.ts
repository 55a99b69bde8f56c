import { isScope } from '../scopes';
import type { Family, Revocation, RevocationPage, RotationResult } from './store';

// A store is outside this package like any callback of the app: what it answers is checked before anything rests on it.

/** What `findFamily` answered for `id`, copied. A store whose collation folds case finds another's family, which is nobody's here. */
export function readFamily(id: string, found: unknown): Family | undefined {
  if (found === undefined || found === null) return undefined;
  if (!isFamily(found)) throw new TypeError('store.findFamily must answer a family as createFamily got it, or undefined');
  return found.id === id ? { ...found, scopes: found.scopes.slice(), audience: found.audience.slice() } : undefined;
}

const RESULTS: readonly unknown[] = ['rotated', 'repeated', 'spent', 'gone'] satisfies readonly RotationResult[];

export function readRotationResult(answer: unknown): RotationResult {
  if (RESULTS.includes(answer)) return answer as RotationResult;
  throw new TypeError(`store.rotateFamily must answer ${RESULTS.join(', ')}`);
}

export function readTokenContent(found: unknown): string | undefined {
  if (found === undefined || found === null) return undefined;
  if (typeof found === 'string') return found;
  throw new TypeError('store.findAccessToken must answer the text that saveAccessToken got, or undefined');
}

export function readRevocationPage(answer: unknown): RevocationPage {
  const { revocations, cursor }: Unknown<RevocationPage> = fieldsOf(answer);
  if (Array.isArray(revocations) && revocations.every(isRevocation) && typeof cursor === 'string') return { revocations, cursor };
  throw new TypeError('store.revocations must answer { revocations, cursor }');
}

function isFamily(value: unknown): value is Family {
  const { id, clientId, userId, scopes, audience, authTime, secret, accessLifetime, expiresAt, current, idleExpiresAt, previous, rotatedAt }: Unknown<Family> = fieldsOf(value);
  return (
    [id, clientId, secret, current].every(isText) &&
    [expiresAt, idleExpiresAt].every(Number.isFinite) &&
    [userId, previous].every((one) => one === undefined || isText(one)) &&
    [authTime, accessLifetime, rotatedAt].every((one) => one === undefined || Number.isFinite(one)) &&
    (Array.isArray(scopes) && scopes.every(isScope)) &&
    (Array.isArray(audience) && audience.length > 0 && audience.every(isText))
  );
}

function isRevocation(value: unknown): value is Revocation {
  const { key, at, until }: Unknown<Revocation> = fieldsOf(value);
  return isText(key) && Number.isFinite(at) && Number.isFinite(until);
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

type Unknown<T> = { readonly [Name in keyof T]?: unknown };

/** The fields of an object; none of anything else. */
const fieldsOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});
