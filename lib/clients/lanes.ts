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

export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const choose = (newestFirst: boolean): string | undefined => {
    let chosen: string | undefined;
    for (const [name, { hadTurn }] of lanes) {
      if (chosen === undefined || (newestFirst && !hadTurn)) chosen = name;
    }
    return chosen;
  };
  const longestLane = (): string | undefined => {
    let longest: string | undefined;
    for (const [name, { jobs }] of lanes) if (longest === undefined || jobs.length > lengthOf(longest)) longest = name;
    return longest;
  };
  const lengthOf = (lane: string): number => lanes.get(lane)?.jobs.length ?? 0;
  const takeOldest = (name: string): Job | undefined => {
    const { jobs } = lanes.get(name) ?? { jobs: [] };
    const job = jobs.shift();
    if (jobs.length === 0) lanes.delete(name);
    return job;
  };

  return {
    lengthOf,
    longest: () => lengthOf(longestLane() ?? ''),
    takeFromLongest: () => takeOldest(longestLane() ?? ''),
    add(lane, job) {
      const found = lanes.get(lane);
      if (found) found.jobs.push(job);
      else lanes.set(lane, { jobs: [job], hadTurn: false });
    },
    take(newestFirst) {
      const name = choose(newestFirst);
      const jobs = name === undefined ? undefined : lanes.get(name)?.jobs;
      if (name === undefined || jobs === undefined) return undefined;
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
