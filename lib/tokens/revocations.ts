import type { Ask } from '../ask';
import { after, attempt, isPromise, type Awaitable } from '../awaitable';
import { readRevocationPage } from '../stores/answers';
import type { Revocation, TokenStore } from '../stores/store';
import { isFamilyListed, isListed, toEntry, type Revocable, type RevocationTarget } from './revocable';

/** How old the list may be on which a decision rests, in milliseconds: what another process revoked is refused here after this time. */
export const LIST_AGE = 2000;
/** How many old entries are looked at for removal each time the list is read. */
const SWEEP = 500;

/**
 * The list of what has been revoked, as this process knows it. In this process a revocation holds at once; what others revoke
 * comes from the store, read again when someone asks and the list is older than `LIST_AGE`.
 */
export interface Revocations {
  covers(token: Revocable): Awaitable<boolean>;
  /** Whether the family itself stands on the list as it was last read. */
  names(familyId: string): boolean;
  /** The same on a list read now: for an answer that others will rely on. */
  coversNow(token: Revocable): Awaitable<boolean>;
  /**
   * Milliseconds since 1970, later than every revocation known here and no later than any that follows here: what is issued with
   * this time is covered by each revocation that comes after this call, and by none that came before.
   */
  issueTime(): number;
  /** Rejects when the store could not do it. `until`: milliseconds since 1970. */
  revoke(target: RevocationTarget, until: number): Awaitable<void>;
}

export function createRevocations(store: Pick<TokenStore, 'revoke' | 'revocations'>, ask: Ask): Revocations {
  const known = new Map<string, Revocation>();
  let cursor: string | undefined;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  let sweeper = known.entries();
  let newest = 0;
  let issued = 0;

  const add = (entry: Revocation): void => {
    newest = Math.max(newest, entry.at);
    const before = known.get(entry.key);
    known.set(entry.key, before === undefined ? entry : later(before, entry));
  };
  const sweep = (now: number): void => {
    for (let i = 0; i < SWEEP; i += 1) {
      const { done, value } = sweeper.next();
      if (done === true) {
        sweeper = known.entries();
        return;
      }
      if (value[1].until <= now) known.delete(value[0]);
    }
  };
  const take = (answer: unknown, askedAt: number): void => {
    const page = readRevocationPage(answer);
    page.revocations.forEach(add);
    ({ cursor } = page);
    readAt = askedAt;
    sweep(askedAt);
  };
  const read = (): Awaitable<void> => {
    if (reading) return reading;
    const askedAt = Date.now();
    const page = ask('store.revocations', () => store.revocations(cursor));
    if (!isPromise(page)) {
      take(page, askedAt);
      return;
    }
    reading = page.then((answer) => { take(answer, askedAt); }).finally(() => { reading = undefined; });
    return reading;
  };
  const isFresh = (): boolean => {
    const age = Date.now() - readAt;
    return age >= 0 && age < LIST_AGE;
  };
  const holds = (token: Revocable): boolean => known.size > 0 && isListed(known, token);

  return {
    covers: (token) => (isFresh() ? holds(token) : after(read(), () => holds(token))),
    names: (familyId) => isFamilyListed(known, familyId),
    // A read that is under way may have begun before the question.
    coversNow: (token) => after(after(reading ?? undefined, read), () => holds(token)),
    issueTime() {
      const at = Math.max(Date.now(), newest + 1);
      issued = Math.max(issued, at);
      return at;
    },
    revoke(target, until) {
      const entry = { ...toEntry(target), at: Math.max(Date.now(), issued), until };
      // It may have happened all the same: who asks next reads the list again.
      const failed = (error: unknown): never => {
        readAt = -Infinity;
        throw error;
      };
      return attempt(() => after(ask('store.revoke', () => store.revoke(entry)), () => { add(entry); }), failed);
    },
  };
}

const later = (one: Revocation, other: Revocation): Revocation => ({
  ...other,
  at: Math.max(one.at, other.at),
  until: Math.max(one.until, other.until),
});
