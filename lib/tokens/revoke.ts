import { after, type Awaitable } from '../awaitable';
import type { KnownClient } from '../clients/client';
import type { Emit } from '../events';
import type { Family } from '../stores/store';
import type { Lifetimes } from './lifetimes';
import type { RevocationTarget } from './revocable';
import type { Revocations } from './revocations';

/** What ends, and for the event whom it concerns. */
export interface Revoke {
  /** One access token. */
  token(token: { readonly id: string; readonly expiresAt: number; readonly clientId: string; readonly userId?: string }): Awaitable<void>;
  /** A family: its refresh token, and all access tokens that came of it. `accessLifetime`: what one of them is known to have had, in seconds. */
  family(family: Pick<Family, 'id' | 'clientId' | 'userId' | 'accessLifetime'>, client: KnownClient): Awaitable<void>;
  /** All that was issued until now to a user, to a client, or to the one through the other. */
  all(target: { readonly userId: string; readonly clientId?: string } | { readonly clientId: string }): Awaitable<void>;
}

/** Whom `oauth.revoke` cuts off; both together: this user, in this client. */
export interface RevokeTarget {
  readonly userId?: string;
  readonly clientId?: string;
}

/** Checks the argument of `oauth.revoke`: a variable that nobody set must not revoke more than was meant, nor nothing. */
export function readRevokeTarget(target: unknown): { readonly userId: string; readonly clientId?: string } | { readonly clientId: string } {
  if (typeof target !== 'object' || target === null) throw new TypeError('revoke takes { userId }, { clientId } or both');
  for (const [name, value] of Object.entries(target)) {
    if (name !== 'userId' && name !== 'clientId') throw new TypeError(`revoke: there is no ${JSON.stringify(name)}; there are userId and clientId`);
    if (typeof value !== 'string' || value === '') throw new TypeError(`revoke: ${name} must be a string that is not empty`);
  }
  const { userId, clientId }: RevokeTarget = target;
  if (userId !== undefined) return { userId, ...(clientId === undefined ? {} : { clientId }) };
  if (clientId !== undefined) return { clientId };
  throw new TypeError('revoke takes { userId }, { clientId } or both');
}

interface Parts {
  readonly revocations: Revocations;
  readonly lifetimes: Lifetimes;
  readonly emit: Emit;
}

/** Seconds more: clocks differ, and another process goes on issuing until it has read the list. */
const SLACK = 10;

/** Each revocation is remembered for as long as something it covers could still be in force. */
export function createRevoke({ revocations, lifetimes, emit }: Parts): Revoke {
  const past = (expiresAt: number): number => (expiresAt + SLACK) * 1000;
  const within = (seconds: number): number => past(Date.now() / 1000 + seconds);
  const record = (target: RevocationTarget, until: number, subject: { clientId?: string; userId?: string }): Awaitable<void> =>
    after(revocations.revoke(target, until), () => {
      emit({ type: 'token_revoked', ...subject, ...target });
    });
  return {
    token: ({ id, expiresAt, clientId, userId }) =>
      record({ tokenId: id }, past(expiresAt), { clientId, ...(userId === undefined ? {} : { userId }) }),
    // The family itself is gone from the store; the list has to outlive its access tokens alone, and the client's lifetime may have been another.
    family: ({ id, clientId, userId, accessLifetime = 0 }, client) =>
      record({ familyId: id }, within(Math.max(lifetimes.access(client), accessLifetime)), { clientId, ...(userId === undefined ? {} : { userId }) }),
    all: (target) => after(record(target, within(lifetimes.longest), {}), nextMillisecond),
  };
}

/** An id knows the millisecond of its making: what begins after the answer, in whatever process, is to begin in a later one. */
const nextMillisecond = (): Promise<void> =>
  new Promise((resolve) => {
    // A timer may fire a millisecond early.
    setTimeout(resolve, 2);
  });
