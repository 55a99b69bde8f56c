import { isScope } from '../scopes';

/** A user (resource owner) as the app's `verifyUser` and `findUser` give it. */
export interface User {
  /** Stable, never given to anyone else; at most 255 ASCII characters where id_tokens are used. */
  readonly id: string;
  /** The scopes this user may grant; absent: whatever the client may ask for. */
  readonly scopes?: readonly string[];
  /** Claims for id_token and userinfo, by their OpenID Connect names. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Checks what a callback of the app answered, and copies it. Nothing, null and false mean no. */
export function readUser(callback: string, found: unknown): User | undefined {
  if (found === undefined || found === null || found === false) return undefined;
  const { id, scopes, claims } = found as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || id === '') {
    throw new TypeError(`${callback} must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)`);
  }
  if (scopes !== undefined && scopes !== null && !(Array.isArray(scopes) && scopes.every(isScope))) {
    throw new TypeError(`${callback} answered a user whose scopes are not an array of scope names`);
  }
  if (claims !== undefined && claims !== null && (typeof claims !== 'object' || Array.isArray(claims))) {
    throw new TypeError(`${callback} answered a user whose claims are not an object`);
  }
  return {
    id,
    ...(Array.isArray(scopes) ? { scopes: scopes.slice() } : {}),
    ...(typeof claims === 'object' && claims !== null ? { claims: { ...(claims as Record<string, unknown>) } } : {}),
  };
}
