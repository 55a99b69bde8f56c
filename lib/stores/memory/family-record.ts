import type { Family } from '../store';
import { begin, finish, open, putCount, putNumber, putText, takeCount, takeNumber, takeText } from './pack';

const OWN = ['id', 'idleExpiresAt', 'expiresAt', 'rotatedAt', 'authTime', 'secret', 'current', 'previous', 'userId'] as const;
const own: ReadonlySet<string> = new Set(OWN);

/** What many families have in common: client, scopes, audience, and whatever else a family may come to carry. */
export type Common = Omit<Family, (typeof OWN)[number]>;

/** The family's own part as a record; `common` is the number under which the rest is kept. */
export function writeFamily(family: Family, common: number): string {
  begin();
  putNumber(family.idleExpiresAt);
  putNumber(family.expiresAt);
  putNumber(family.rotatedAt);
  putNumber(family.authTime);
  putCount(common);
  putText(family.secret);
  putText(family.current);
  putText(family.previous);
  putText(family.userId);
  return finish();
}

export const commonOf = (family: Family): Common =>
  Object.fromEntries(Object.entries(family).filter(([name]) => !own.has(name))) as unknown as Common;

/** The number under which a record's common part is kept. */
export function commonNumber(record: string): number {
  open(record);
  for (let numbers = 0; numbers < 4; numbers++) takeNumber();
  return takeCount();
}

export function readFamily(id: string, record: string, common: (number: number) => Common): Family {
  open(record);
  const idleExpiresAt = takeNumber() ?? 0;
  const expiresAt = takeNumber() ?? 0;
  const rotatedAt = takeNumber();
  const authTime = takeNumber();
  const shared = common(takeCount());
  const secret = takeText() ?? '';
  const current = takeText() ?? '';
  const previous = takeText();
  const userId = takeText();
  return {
    ...shared,
    ...{ id, secret, expiresAt, current, idleExpiresAt },
    ...(previous !== undefined && { previous }),
    ...(rotatedAt !== undefined && { rotatedAt }),
    ...(authTime !== undefined && { authTime }),
    ...(userId !== undefined && { userId }),
  };
}
