import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';

export interface Program {
  readonly command: string;
  /** Debian's package that has it. */
  readonly packageName: string;
  /** What a person does where we may not install it. */
  readonly cure: string;
}

/** No npm package carries these programs. Debian's is installed where we may; elsewhere the person is told how. */
export function ensureProgram({ command, packageName, cure }: Program): void {
  const isThere = (): boolean => spawnSync(command, ['--version']).status === 0;
  if (isThere()) return;
  const aptGet = '/usr/bin/apt-get';
  if (process.getuid?.() === 0 && fs.existsSync(aptGet)) {
    console.log(`engines: installing ${packageName}`);
    const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync(aptGet, ['update', '-q'], options);
    execFileSync(aptGet, ['install', '-q', '-y', '--no-install-recommends', packageName], options);
  }
  if (!isThere()) throw new Error(`These specs need ${command} on the PATH: ${cure}`);
}
