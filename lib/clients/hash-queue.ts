import { availableParallelism } from 'node:os';
import { OAuthError, unavailable } from '../errors';

/**
 * One slow hash keeps a core and a thread of libuv's pool busy for a quarter of a second. Fewer in flight than there are
 * cores and threads, so that requests and file reads still get their turn; past the queue the client is told to come back.
 */
const poolSize = Number(process.env.UV_THREADPOOL_SIZE) || 4;
const IN_FLIGHT = Math.max(1, Math.min(availableParallelism(), poolSize) - 1);
const QUEUE = 64 * IN_FLIGHT;
/** Milliseconds after which nobody waits for the answer any more. */
const PATIENCE = 8000;
const RETRY_AFTER = 2;

/** Has proved itself from there before; has shown nothing yet; has failed there lately. */
export type Standing = 'known' | 'new' | 'failed';

/** On whose behalf something is hashed. */
export interface Caller {
  /** Callers in one lane wait for each other, not for those in other lanes. */
  readonly lane: string;
  readonly standing: Standing;
}

const FIRST: readonly Standing[] = ['known', 'new', 'failed'];
/** Who comes first at each turn: those of better standing, but never so that others wait for ever. */
const TURNS: readonly (readonly Standing[])[] = [FIRST, FIRST, FIRST, ['new', 'failed', 'known'], FIRST, FIRST, FIRST, ['failed', 'new', 'known']];

interface Job {
  readonly since: number;
  readonly run: () => void;
  readonly refuse: (reason: OAuthError) => void;
}

/** Those who wait, by lane; the first lane is next, and goes to the end once it had its turn. */
type Lanes = Map<string, Job[]>;

const lanes: Readonly<Record<Standing, Lanes>> = { known: new Map(), new: new Map(), failed: new Map() };
let waiting = 0;
let inFlight = 0;
let turn = 0;

/** Runs `hash` as soon as there is room; rejects with a 503 where too many wait already. */
export function queueHash<T>(caller: Caller, hash: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const run = (): void => {
      inFlight += 1;
      hash().then(resolve, reject).finally(release);
    };
    const job = { since: performance.now(), run, refuse: reject };
    if (inFlight < IN_FLIGHT) run();
    else if (waiting < QUEUE || displace(caller)) line(job, caller);
    else job.refuse(tooMany());
  });
}

function line(job: Job, { lane, standing }: Caller): void {
  const jobs = lanes[standing].get(lane);
  if (jobs) jobs.push(job);
  else lanes[standing].set(lane, [job]);
  waiting += 1;
}

/** Makes room at the end of a long lane: one of lower standing, or one of the same in which more wait than in the caller's own. */
function displace({ lane, standing }: Caller): boolean {
  for (const each of ['failed', 'new', 'known'] as const) {
    const longest = longestOf(lanes[each]);
    const own = each === standing ? (lanes[each].get(lane)?.length ?? 0) + 1 : 0;
    if (longest.length > own) {
      waiting -= 1;
      longest.pop()?.refuse(tooMany());
      return true;
    }
    if (each === standing) return false;
  }
  return false;
}

function longestOf(lanesOfOne: Lanes): Job[] {
  let longest: Job[] = [];
  for (const jobs of lanesOfOne.values()) if (jobs.length > longest.length) longest = jobs;
  return longest;
}

function release(): void {
  inFlight -= 1;
  for (let job = next(); job !== undefined; job = next()) {
    if (performance.now() - job.since < PATIENCE) {
      job.run();
      return;
    }
    job.refuse(tooMany());
  }
}

function next(): Job | undefined {
  turn = (turn + 1) % TURNS.length;
  for (const standing of TURNS[turn] ?? FIRST) {
    const job = shift(lanes[standing]);
    if (job) return job;
  }
  return undefined;
}

function shift(lanesOfOne: Lanes): Job | undefined {
  for (const [name, jobs] of lanesOfOne) {
    const job = jobs.shift();
    lanesOfOne.delete(name);
    if (jobs.length > 0) lanesOfOne.set(name, jobs);
    if (job === undefined) continue;
    waiting -= 1;
    return job;
  }
  return undefined;
}

let reportedAt = -Infinity;

/** The operator hears of it once a second, however many are refused. */
function tooMany(): OAuthError {
  const refusal = unavailable(new Error('too many password hashes are waiting'), RETRY_AFTER);
  const { code, description = '' } = refusal;
  if (performance.now() - reportedAt < 1000) return new OAuthError(code, description, { retryAfter: RETRY_AFTER });
  reportedAt = performance.now();
  return refusal;
}
