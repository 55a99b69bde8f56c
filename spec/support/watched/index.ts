import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { forThisTest } from '../for-this-test';
import type { Order } from './app';

export interface Watched {
  readonly url: string;
  /** What it answers, once it has done so. */
  ask(order: Order): Promise<string>;
  /** All that it wrote to stdout and stderr. */
  output(): string;
  close(): Promise<void>;
}

/** A server in a process of its own, until the test is over. */
export async function watch(format: 'jwt' | 'opaque'): Promise<Watched> {
  const child = fork(join(__dirname, 'app.ts'), [format], { execArgv: ['--import', 'tsx', '--expose-gc'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const answer = async (): Promise<string> => {
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error(output); })])) as [{ answer: string }];
    return message.answer;
  };
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  };
  return forThisTest({
    url: await answer(),
    ask: (order) => {
      child.send(order);
      return answer();
    },
    output: () => output,
    close,
  });
}
