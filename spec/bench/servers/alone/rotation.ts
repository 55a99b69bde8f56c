import type { Call } from '../../alone';
import { CONNECTIONS } from '../../row';
import { createId } from '../../../../lib/ids';
import { openStore, type StoreKind } from '../stores';

const HOUR = 3_600_000;

/** The store's rotation alone: no HTTP, no look before it, no token. */
export default async function rotation({ store: kind }: { readonly store: StoreKind }): Promise<Call> {
  const store = await openStore(kind);
  const families = Array.from({ length: CONNECTIONS }, () => ({ id: createId(Date.now()), turn: 0 }));
  for (const { id } of families) {
    const times = { expiresAt: Date.now() + HOUR, idleExpiresAt: Date.now() + HOUR };
    await store.createFamily({ id, clientId: 'client', userId: 'user', scopes: ['storage'], audience: ['http://localhost'], secret: 'secret'.repeat(6), current: hash(0), ...times });
  }
  return async (connection) => {
    const family = families[connection];
    if (!family) throw new Error('no such connection');
    const { id, turn } = family;
    family.turn = turn + 1;
    const at = Date.now();
    const result = await store.rotateFamily(id, { presented: hash(turn), successor: hash(turn + 1), at, reuseWindow: 10_000, idleExpiresAt: at + HOUR });
    if (result !== 'rotated') throw new Error(`the rotation answered ${result}`);
  };
}

/** As long as a hash. */
const hash = (turn: number): string => String(turn).padStart(43, '0');
