import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, type TokenStore } from '../../../lib';
import { passTime } from '../../support/clock';
import { expectError } from '../../support/expect';
import type { Answer } from '../../support/http';
import { CUT_FLOWS, cutFlow, startScene, type CutFlowName, type Scene } from '../../support/stores/cut-flows';
import { ENDINGS, expectStillDead, type Ending } from '../../support/stores/endings';
import { faulty, FAULTS, type Fault } from '../../support/stores/faulty';
import { openStore, type Shared } from '../../support/stores/open';

const STORES = ['memory', 'sqlite', 'postgres', 'redis', 'cluster by ioredis'] as const satisfies readonly (Shared | 'memory')[];
const FLOWS = Object.keys(CUT_FLOWS) as CutFlowName[];
/** Seconds after which a process reads the list of revocations again. */
const LIST_AGE = 3;
/** Seconds: with the short one a spec can wait for the end of it, with the long one nothing but the fault gives a 503. */
const [SHORT, LONG] = [2, 30];
const WAITED_FOR: readonly Fault[] = ['never answers', 'is done, and answers too late', 'is done too late', 'is done, and fails too late'];
const HOURS = 2 * 3600;

interface Cut {
  readonly ending: Ending;
  readonly flow: CutFlowName;
  readonly nth: number;
}

it.each(FLOWS)('%s asks the store as often as the cases below suppose', async (flow) => {
  const { act, status, calls, refreshes = 0 } = cutFlow(flow);
  const scene = await startScene(faulty(memoryStore()), { timeout: LONG, refreshes });
  passTime(LIST_AGE);
  scene.faulty.arm(0, 'throws');
  const answer = await act(scene);
  expect({ status: answer.status, calls: scene.faulty.disarm() }).toEqual({ status, calls });
});

describe.each(STORES)('a fault at each call of the store in turn, on %s', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-faults-'));
  let store: TokenStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    process.env['TEST_SQLITE_FILE'] = join(folder, 'oauth.db');
    ({ store, close } = name === 'memory' ? { store: memoryStore(), close: () => Promise.resolve() } : await openStore(name));
  });
  afterAll(async () => {
    await close();
    delete process.env['TEST_SQLITE_FILE'];
    rmSync(folder, { recursive: true });
  });

  // What the engine never hears of is the same on all of them.
  it.each(name === 'memory' ? FAULTS : FAULTS.filter((fault) => fault.startsWith('is done')))('RT-20 ERR-06 RV-11 %s', async (fault) => {
    const cases = ENDINGS.flatMap((ending) => ending.of.flatMap((flow) => each(cutFlow(flow).calls, (nth): Cut => ({ ending, flow, nth }))));
    const timeout = WAITED_FOR.includes(fault) ? SHORT : LONG;
    const cut: (Cut & { readonly scene: Scene })[] = [];
    for (const one of cases) cut.push({ ...one, scene: await startScene(faulty(store), { timeout, refreshes: cutFlow(one.flow).refreshes ?? 0 }) });
    passTime(LIST_AGE);
    await Promise.all(cut.map((one) => cutOff({ ...one, fault })));
    const play = async (wanted: (ending: Ending) => boolean): Promise<void> => {
      for (const { ending, flow, nth, scene } of cut) {
        if (!wanted(ending)) continue;
        await ending.play(scene).catch((problem: unknown) => {
          throw new Error(`call ${String(nth)} of ${flow} ${fault}; ${ending.name}`, { cause: problem });
        });
      }
    };
    await play(({ after }) => after === undefined);
    passTime(60);
    await play(({ after }) => after !== undefined);
    passTime(HOURS);
    for (const { ending, scene } of cut) {
      if (ending.name !== 'nothing has changed') await expectStillDead(scene);
    }
  });
});

const each = <T>(count: number, make: (nth: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index + 1));

/** Plays a flow whose `nth` call of the store comes to nothing good: the client hears so, and nothing else. */
async function cutOff({ scene, flow, nth, fault }: Omit<Cut, 'ending'> & { readonly scene: Scene; readonly fault: Fault }): Promise<void> {
  scene.server.events.length = 0;
  scene.faulty.arm(nth, fault);
  const answer = await cutFlow(flow).act(scene);
  expect({ flow, nth, status: answer.status, calls: scene.faulty.disarm() }).toEqual({ flow, nth, status: 503, calls: nth });
  if (answer.headers) expectRetry(answer as Answer);
  if (flow !== 'oauth.revoke') expect(scene.server.events.map(({ type }) => type)).toContain('fault');
  await scene.faulty.release();
}

function expectRetry(answer: Answer): void {
  expectError(answer, 503, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
}
