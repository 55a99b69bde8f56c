export type Entry = readonly [key: string, record: string];

/** Records by key, in the order they were put. */
export interface Lane {
  readonly records: Map<string, string>;
  /** The first of them as of some time ago, key and record by turns, the very first last. */
  front: string[];
}

/** To ask a Map for its first key costs a walk over the gaps of all that left before it; so one walk fetches many. */
const FRONT = 64;

export const createLane = (): Lane => ({ records: new Map(), front: [] });

/** The record that was put before all others. */
export function oldest(lane: Lane): Entry | undefined {
  while (lane.records.size > 0) {
    const record = lane.front.at(-1);
    const key = lane.front.at(-2);
    if (key === undefined || record === undefined) lane.front = firstEntries(lane.records);
    else if (lane.records.get(key) === record) return [key, record];
    else {
      lane.front.pop();
      lane.front.pop();
    }
  }
  lane.front = [];
  return undefined;
}

function firstEntries(records: Map<string, string>): string[] {
  const entries: string[] = [];
  for (const [key, record] of records) {
    entries.push(record, key);
    if (entries.length === FRONT * 2) break;
  }
  return entries.reverse();
}
