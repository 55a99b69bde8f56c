import { createHash } from 'node:crypto';
import type { Send } from './client';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

export const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

/** Runs a script by its name; a server that has not met it yet, or has forgotten it in a restart, gets the text. */
export async function evaluate(send: Send, { text, sha }: Script, keys: readonly [string, ...string[]], args: readonly string[]): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await send(keys[0], ['EVALSHA', sha, ...rest]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return send(keys[0], ['EVAL', text, ...rest]);
  }
}
