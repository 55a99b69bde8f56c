#!/usr/bin/env node
import { runCli } from './run';

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Type it, then Enter and Ctrl-D:\n');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

void runCli(process.argv.slice(2), { input: readInput, fetch }).then(({ code, out, err }) => {
  if (out !== '') process.stdout.write(`${out}\n`);
  if (err !== '') process.stderr.write(`${err}\n`);
  process.exitCode = code;
});
