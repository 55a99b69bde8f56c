/** Work that waits for its turn. */
export interface Job {
  /** Milliseconds, on the clock of `performance.now`. */
  readonly since: number;
  readonly run: () => void;
  readonly refuse: () => void;
}

/** Those who wait, each behind the others of the same lane and not behind those of other lanes. */
export interface Lanes {
  add(lane: string, job: Job): void;
  /** Takes one out: the lanes in turn, or the newest lane that has had none yet, and the newest in it. */
  take(newestFirst: boolean): Job | undefined;
  lengthOf(lane: string): number;
  longest(): number;
  /** Takes the oldest out of the longest lane. */
  takeFromLongest(): Job | undefined;
  /** Takes a whole lane out. */
  takeLane(lane: string): readonly Job[];
  /** Takes all out who came before `time`. */
  takeBefore(time: number): readonly Job[];
}

interface Lane {
  readonly jobs: Job[];
  readonly hadTurn: boolean;
}

type Entry = readonly [name: string, lane: Lane];

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const choose = (newestFirst: boolean): Entry | undefined => {
    let chosen: Entry | undefined;
    for (const entry of lanes) {
      if (chosen === undefined || (newestFirst && !entry[1].hadTurn)) chosen = entry;
    }
    return chosen;
  };
  const longestLane = (): Entry | undefined => {
    let longest: Entry | undefined;
    for (const entry of lanes) if (longest === undefined || entry[1].jobs.length > longest[1].jobs.length) longest = entry;
    return longest;
  };

  return {
    lengthOf: (lane) => lanes.get(lane)?.jobs.length ?? 0,
    longest: () => longestLane()?.[1].jobs.length ?? 0,
    takeFromLongest() {
      const longest = longestLane();
      if (longest === undefined) return undefined;
      const [name, { jobs }] = longest;
      if (jobs.length === 1) lanes.delete(name);
      return jobs.shift();
    },
    add(lane, job) {
      const found = lanes.get(lane);
      if (found) found.jobs.push(job);
      else lanes.set(lane, { jobs: [job], hadTurn: false });
    },
    take(newestFirst) {
      const chosen = choose(newestFirst);
      if (chosen === undefined) return undefined;
      const [name, { jobs }] = chosen;
      const job = newestFirst ? jobs.pop() : jobs.shift();
      // Behind all others, for the next turn.
      lanes.delete(name);
      if (jobs.length > 0) lanes.set(name, { jobs, hadTurn: true });
      return job;
    },
    takeLane(lane) {
      const jobs = lanes.get(lane)?.jobs ?? [];
      lanes.delete(lane);
      return jobs;
    },
    takeBefore(time) {
      const late: Job[] = [];
      for (const [name, { jobs }] of lanes) {
        while ((jobs[0]?.since ?? time) < time) late.push(...jobs.splice(0, 1));
        if (jobs.length === 0) lanes.delete(name);
      }
      return late;
    },
  };
}
