import { setTimeout as sleep } from 'node:timers/promises';
import { login, refresh, revoke, type Answer } from '../http';

/** What a user of the app knows: the last refresh token that came with a 200, and whether the app said it was revoked. */
export interface Session {
  readonly token: string;
  readonly state: 'active' | 'revoked' | 'unknown';
}

export interface Load {
  readonly refreshed: () => number;
  /** Ends the load; afterwards the sessions stand still. */
  stop(): Promise<readonly Session[]>;
}

type App = Readonly<{ url: string }>;

const tokenOf = ({ json }: Answer): string => String(json['refresh_token']);
const nobody = { status: 0 } as Answer;
const ask = (answer: Promise<Answer>): Promise<Answer> => answer.catch(() => nobody);

/** Some users who log in, refresh without pause, revoke, and log in again. That the app fails them meanwhile is part of the game. */
export function startLoad(app: () => App, users = 8): Load {
  const sessions: Session[] = [];
  const state = { stopped: false, refreshed: 0 };
  const onRefresh = (): boolean => {
    state.refreshed++;
    return !state.stopped;
  };
  const user = async (): Promise<void> => {
    while (!state.stopped) {
      const first = await ask(login(app()));
      if (first.status === 200) sessions.push(await use(app, tokenOf(first), onRefresh));
      else await sleep(20);
    }
  };
  const all = Promise.all(Array.from({ length: users }, user));
  return {
    refreshed: () => state.refreshed,
    async stop() {
      state.stopped = true;
      await all;
      return sessions;
    },
  };
}

/** Some refreshes, then a revocation. A user who gets no answer stops there: the token at hand has to go on working. */
async function use(app: () => App, first: string, goOn: () => boolean): Promise<Session> {
  let token = first;
  for (let turn = 0; turn < 3; turn++) {
    const answer = await ask(refresh(app(), token));
    if (answer.status !== 200) return { token, state: 'active' };
    token = tokenOf(answer);
    if (!goOn()) return { token, state: 'active' };
  }
  const { status } = await ask(revoke(app(), token));
  return { token, state: status === 200 ? 'revoked' : 'unknown' };
}
