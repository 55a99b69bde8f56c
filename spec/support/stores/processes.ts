import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Shared } from './open';

/** One of the processes that share a store. */
export interface Worker {
  readonly url: string;
  /** As the kernel does it when there is no memory left: at once, without a word. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
const TEST_SECRET = randomBytes(32).toString('base64url');

export async function startWorker(store: Shared, env: Readonly<Record<string, string>> = {}): Promise<Worker> {
  const child = fork(join(__dirname, 'worker.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TEST_STORE: store, TEST_SECRET, ...env },
  });
  running.add(child);
  const [url] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => { throw new Error(`the worker on ${store} ended with ${String(code)}`); }),
  ])) as [string];
  return { url, kill: () => kill(child) };
}

export async function killWorkers(): Promise<void> {
  await Promise.all([...running].map(kill));
}

async function kill(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
