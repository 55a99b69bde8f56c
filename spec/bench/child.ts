import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** A process of the bench that answers each message with one. */
export interface Child {
  readonly process: ChildProcess;
  /** Rejects when the answer holds a `failure`, or the process ends instead. */
  ask<Answer>(message: object): Promise<Answer>;
  stop(): void;
}

export function startChild(module: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}, execArgv: readonly string[] = []): Child {
  const child = fork(path.join(__dirname, module), [...args], { env: { ...process.env, ...env }, execArgv: [...execArgv] });
  return {
    process: child,
    ask: (message) =>
      new Promise((resolve, reject) => {
        const gone = (code: number | null): void => { reject(new Error(`${module} ended with ${String(code)}`)); };
        child.once('exit', gone);
        child.once('message', (answer: { failure?: string }) => {
          child.off('exit', gone);
          if (answer.failure === undefined) resolve(answer as never);
          else reject(new Error(answer.failure));
        });
        child.send(message);
      }),
    // Not killed: on its way out it removes what it wrote.
    stop: () => { if (child.connected) child.disconnect(); },
  };
}
