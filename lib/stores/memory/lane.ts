export type Entry = readonly [key: string, record: string];

/** Records by key, in the order they were put. */
export interface Lane {
  readonly records: Map<string, string>;
  /** The oldest of them as of some time ago, the very oldest last. */
  front: Entry[];
}

/** To ask a Map for its first key costs a walk over the gaps of all that left before it; so one walk fetches many. */
const FRONT = 64;

export const createLane = (): Lane => ({ records: new Map(), front: [] });

/** The record that was put before all others. */
export function oldest(lane: Lane): Entry | undefined {
  while (lane.records.size > 0) {
    const entry = lane.front.at(-1);
    if (!entry) lane.front = firstEntries(lane.records);
    else if (lane.records.get(entry[0]) === entry[1]) return entry;
    else lane.front.pop();
  }
  lane.front = [];
  return undefined;
}

function firstEntries(records: Map<string, string>): Entry[] {
  const entries: Entry[] = [];
  for (const entry of records) {
    entries.push(entry);
    if (entries.length === FRONT) break;
  }
  return entries.reverse();
}
