import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** What a program of these lines writes to standard error: in a process of its own, since Node's warnings pass by a test runner. */
export function warningsOf(program: string): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=commonjs', '-e', program], { cwd: resolve(__dirname, '../..') });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done(text);
      else failed(new Error(`the program ended with ${String(code)}: ${text}`));
    });
  });
}
