import { idTime } from '../ids';
import type { Revocation } from '../stores/store';

/** What there is to know of a token to tell whether it was revoked. */
export interface Revocable {
  readonly id?: string;
  readonly clientId: string;
  readonly userId?: string;
  readonly familyId?: string;
}

/** What `revoke` ends: one token, one family, or all that was issued before now to a user, to a client, or to both together. */
export type RevocationTarget =
  | { readonly tokenId: string }
  | { readonly familyId: string }
  | { readonly userId: string; readonly clientId?: string }
  | { readonly clientId: string };

/** How an entry of the list names what it ends. */
export function toEntry(target: RevocationTarget): Pick<Revocation, 'key' | 'familyId'> {
  if ('tokenId' in target) return { key: tokenKey(target.tokenId) };
  if ('familyId' in target) return { key: familyKey(target.familyId), familyId: target.familyId };
  if (!('userId' in target)) return { key: clientKey(target.clientId) };
  return { key: target.clientId === undefined ? userKey(target.userId) : bothKey(target.userId, target.clientId) };
}

const tokenKey = (id: string): string => `t:${id}`;
const familyKey = (id: string): string => `f:${id}`;
const userKey = (id: string): string => `u:${id}`;
const clientKey = (id: string): string => `c:${id}`;
const bothKey = (userId: string, clientId: string): string => `b:${JSON.stringify([userId, clientId])}`;

export const isFamilyListed = (known: ReadonlyMap<string, Revocation>, id: string): boolean => known.has(familyKey(id));

/** Whether a token falls under an entry of the list. */
export function isListed(known: ReadonlyMap<string, Revocation>, { id, familyId, userId, clientId }: Revocable): boolean {
  if (id !== undefined && known.has(tokenKey(id))) return true;
  if (familyId !== undefined && isFamilyListed(known, familyId)) return true;
  // A session began when its family did; a token without one, when it was issued.
  const origin = familyId ?? id;
  const since = origin === undefined ? 0 : idTime(origin);
  const cuts = [clientKey(clientId), ...(userId === undefined ? [] : [userKey(userId), bothKey(userId, clientId)])];
  return cuts.some((key) => (known.get(key)?.at ?? -1) >= since);
}
