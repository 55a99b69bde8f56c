import type { Family } from '../store';
import { begin, finish, open, putCount, putNumber, putText, takeCount, takeNumber, takeText } from './pack';

const OWN = ['id', 'idleExpiresAt', 'expiresAt', 'rotatedAt', 'authTime', 'secret', 'current', 'previous', 'userId'] as const;
const own: ReadonlySet<string> = new Set(OWN);

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
type Own = Writable<Pick<Family, (typeof OWN)[number]>>;

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

export function commonOf(family: Family): Common {
  const common: Record<string, unknown> = {};
  for (const name in family) if (!own.has(name)) common[name] = family[name as keyof Family];
  return common as unknown as Common;
}

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
  const family: Own = { id, expiresAt, idleExpiresAt, secret: takeText() ?? '', current: takeText() ?? '' };
  const previous = takeText();
  const userId = takeText();
  if (previous !== undefined) family.previous = previous;
  if (rotatedAt !== undefined) family.rotatedAt = rotatedAt;
  if (authTime !== undefined) family.authTime = authTime;
  if (userId !== undefined) family.userId = userId;
  // The common part last: spread first, V8 takes fifty times as long.
  return Object.assign(family, shared);
}
