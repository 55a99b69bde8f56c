import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ServerPlan } from './row';

/** Their sources and their dependencies stand beside these sources, not beside what was compiled from them. */
const FOLDER = path.resolve(__dirname, '../../../../spec/bench/peers');
const WANTED = path.join(FOLDER, 'package.json');
const INSTALLED = path.join(FOLDER, 'node_modules/.installed.json');

export const peer = (file: string, config: object): ServerPlan => ({ module: path.join(FOLDER, file), config });

/** Installs the peers where they are missing or of other versions; answers whether they are there. */
export function installPeers(): boolean {
  const wanted = readFileSync(WANTED, 'utf8');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return true;
  process.stderr.write('installing the peers\n');
  try {
    execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], { cwd: FOLDER, stdio: ['ignore', 2, 2] });
    mkdirSync(path.dirname(INSTALLED), { recursive: true });
    writeFileSync(INSTALLED, wanted);
    return true;
  } catch (error) {
    process.stderr.write(`the peers could not be installed, their rows are left out: ${String(error)}\n`);
    return false;
  }
}

/** What was measured. */
export const peerVersions = (): string =>
  Object.entries((JSON.parse(readFileSync(WANTED, 'utf8')) as { dependencies: Record<string, string> }).dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
