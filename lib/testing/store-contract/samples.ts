import { createHash, randomBytes } from 'node:crypto';
import type { Family, Revocation, Rotation } from '../../stores/store';

export const HOUR = 3_600_000;
/** A life that a test can wait for, and that outlasts a slow first connection. */
export const SHORT = 600;
/** The last moment that JavaScript's Date knows. */
export const END_OF_TIME = 8_640_000_000_000_000;
/** Text that has to come back as it went in: other scripts, and every sign that means something to some engine. */
export const ODD = 'ключ 鍵 🗝️ {tag} [1] \'one\' "two" \\ %_ $1 ${2} ?1 :a @b --\n\t\r;';

export const random = (bytes = 32): string => randomBytes(bytes).toString('base64url');
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function sampleFamily(changes: Partial<Family> = {}): Family {
  const now = Date.now();
  return {
    id: random(24),
    clientId: 'client-1',
    userId: 'user-1',
    scopes: ['storage', 'storage.write'],
    audience: ['https://api.example.com'],
    authTime: Math.floor(now / 1000),
    secret: random(24),
    expiresAt: now + 24 * HOUR,
    current: random(),
    idleExpiresAt: now + HOUR,
    ...changes,
  };
}

/** The rotation of a family's active token as the token endpoint would ask for it. */
export function sampleRotation(family: Family, changes: Partial<Rotation> = {}): Rotation {
  const at = Date.now();
  return { presented: family.current, successor: hashOf(family.current), at, reuseWindow: 10_000, idleExpiresAt: at + HOUR, ...changes };
}

export function sampleRevocation(changes: Partial<Revocation> = {}): Revocation {
  const at = Date.now();
  return { key: `t:${random()}`, at, until: at + HOUR, ...changes };
}
