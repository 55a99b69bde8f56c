import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface EngineCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Removed when the engine stops. */
  readonly directory: string;
  readonly stopSignal: 'TERM' | 'QUIT';
  readonly owner?: Owner | undefined;
}

export interface Engine {
  /** What the engine wrote so far. */
  readonly log: () => string;
}

// The engine lives as long as this shell's standard input stays open. So it also
// ends, and its directory goes, when jest is killed or crashes.
const guard = '"$@" & cat >/dev/null; kill -"$ENGINE_STOP" $!; wait $!; rm -rf "$ENGINE_DIRECTORY"';

const running = new Map<ChildProcess, string>();

/** Some engines refuse to run as root, so root hands them to `nobody`. */
export function unprivilegedOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A fresh directory that others may traverse, as PostgreSQL runs under another user when we are root. */
export function engineDirectory(name: string, owner?: Owner): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), `express-token-endpoint-${name}-`));
  fs.chmodSync(directory, 0o755);
  if (owner) fs.chownSync(directory, owner.uid, owner.gid);
  return directory;
}

export function startEngine({ command, args, directory, stopSignal, owner }: EngineCommand): Engine {
  const logFile = path.join(directory, 'engine.log');
  const log = fs.openSync(logFile, 'a');
  const shell = spawn('/bin/sh', ['-c', guard, 'engine', command, ...args], {
    ...owner,
    cwd: directory,
    detached: true,
    stdio: ['pipe', log, log],
    env: { ...process.env, LC_ALL: 'C', ENGINE_STOP: stopSignal, ENGINE_DIRECTORY: directory },
  });
  fs.closeSync(log);
  shell.on('error', () => running.delete(shell));
  running.set(shell, directory);
  return { log: () => fs.readFileSync(logFile, 'utf8') };
}

/** Stops all engines and removes what they wrote. */
export async function stopEngines(): Promise<void> {
  await Promise.all(
    [...running].map(async ([shell, directory]) => {
      running.delete(shell);
      const ended = once(shell, 'exit');
      shell.stdin?.end();
      const late = sleep(10_000, 'late', { ref: false });
      if ((await Promise.race([ended, late])) === 'late' && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
      fs.rmSync(directory, { recursive: true, force: true });
    }),
  );
}

/** Asks until the engine answers, and tells what it wrote when it does not. */
export async function untilReady(name: string, engine: Engine, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  let last: unknown = 'not ready';
  while (Date.now() < deadline) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${name} did not get ready within 15 s: ${String(last)}\n${engine.log()}`);
}

/** Free loopback ports below the range the kernel hands out to outgoing connections. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
