import { availableParallelism } from 'node:os';
import { OAuthError, unavailable } from '../errors';
import { POOL_SIZE } from '../pool';
import { createLanes, type Job, type Lanes } from './lanes';

/**
 * One slow hash keeps a core and a thread of libuv's pool busy for a quarter of a second. Fewer in flight than there are
 * cores and threads, so that requests and file reads still get their turn; past the queue the client is told to come back.
 */
const IN_FLIGHT = Math.max(1, Math.min(availableParallelism(), POOL_SIZE) - 1);
const QUEUE = 64 * IN_FLIGHT;
/**
 * When more wait than these, the newest goes first. In the order of their coming all would wait until they give up; so a storm
 * waits for itself, and whoever logs in meanwhile gets an answer while it is still wanted.
 */
const CRUSH = 8 * IN_FLIGHT;
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
const LAST: readonly Standing[] = ['failed', 'new', 'known'];
/** Who comes first at each turn: those of better standing, but never so that others wait for ever. */
const TURNS: readonly (readonly Standing[])[] = [FIRST, FIRST, FIRST, ['new', 'failed', 'known'], FIRST, FIRST, FIRST, ['failed', 'new', 'known']];

const lanes: Readonly<Record<Standing, Lanes>> = { known: createLanes(), new: createLanes(), failed: createLanes() };
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
    const refuse = (): void => {
      reject(tooMany());
    };
    if (inFlight < IN_FLIGHT) run();
    else if (waiting < QUEUE || displace(caller)) line({ since: performance.now(), run, refuse }, caller);
    else refuse();
  });
}

function line(job: Job, { lane, standing }: Caller): void {
  // Those who came from there before anything had failed there are no better.
  if (standing === 'failed') for (const earlier of lanes.new.takeLane(lane)) lanes.failed.add(lane, earlier);
  lanes[standing].add(lane, job);
  waiting += 1;
}

/** Makes room in a long lane: one of lower standing, or one of the same in which more wait than in the caller's own. */
function displace({ lane, standing }: Caller): boolean {
  const noBetter = LAST.slice(0, LAST.indexOf(standing) + 1);
  const from = noBetter.find((each) => lanes[each].longest() > (each === standing ? lanes[each].lengthOf(lane) + 1 : 0));
  if (from === undefined) return false;
  waiting -= 1;
  lanes[from].takeFromLongest()?.refuse();
  return true;
}

function release(): void {
  inFlight -= 1;
  refuseLate();
  const job = next();
  if (job === undefined) return;
  waiting -= 1;
  job.run();
}

function refuseLate(): void {
  for (const standing of FIRST) {
    const late = lanes[standing].takeBefore(performance.now() - PATIENCE);
    waiting -= late.length;
    for (const job of late) job.refuse();
  }
}

function next(): Job | undefined {
  turn = (turn + 1) % TURNS.length;
  for (const standing of TURNS[turn] ?? FIRST) {
    const job = lanes[standing].take(waiting > CRUSH);
    if (job) return job;
  }
  return undefined;
}

let reportedAt = -Infinity;

/** The operator hears of it once a second, however many are refused. */
function tooMany(): OAuthError {
  const refusal = unavailable(new Error('too many password hashes are waiting'), RETRY_AFTER);
  const { code, description } = refusal;
  if (performance.now() - reportedAt < 1000) return new OAuthError(code, description, { retryAfter: RETRY_AFTER });
  reportedAt = performance.now();
  return refusal;
}
