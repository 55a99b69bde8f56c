import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({ page, language, code })),
);

describe('the documentation', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'documentation-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has only code that compiles', () => {
    const files = blocks
      .filter(({ language }) => language === 'ts' || language === 'js')
      .map(({ page, language, code }, at) => {
        // An extension that says "module" lets a block await at its top level, as the pages do.
        const file = join(folder, `${page.replace(/\W/g, '-')}-${String(at)}.m${language}`);
        writeFileSync(file, `${code}\nexport {};\n`);
        return file;
      });
    expect(files.length).toBeGreaterThan(2);
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: { compilerOptions: object } };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const program = ts.createProgram(files, { ...options, noEmit: true, allowJs: true, typeRoots: [join(root, 'node_modules/@types')], noUnusedLocals: false });
    const problems = ts.getPreEmitDiagnostics(program).map((problem) => `${problem.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
    expect(problems).toEqual([]);
  }, 120_000);

  it('keeps its quick start within fifteen lines', () => {
    const quickStart = blocks.find(({ page, language }) => page === 'README.md' && language === 'js');
    expect(quickStart?.code.trim().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('has a quick start that ends in a protected answer', async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const moved = (text: string): string => text.replaceAll('3000', String(port));
    const [quickStart, commands] = [blocks.find(({ language }) => language === 'js'), blocks.find(({ language, code }) => language === 'sh' && code.includes('curl'))];
    const file = join(folder, 'app.mts');
    writeFileSync(file, moved(quickStart?.code ?? ''));
    const app = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', file], { cwd: root, env: { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') }, stdio: ['ignore', 'inherit', 'inherit'] });
    try {
      await untilListening(`http://localhost:${String(port)}/`);
      const [tokenLine = '', callLine = ''] = moved(commands?.code ?? '').trim().split('\n');
      const token = JSON.parse(await shell(tokenLine.replace('curl', 'curl -sS'))) as { access_token: string };
      const answer = await shell(callLine.replace('curl', 'curl -sS').replace('PASTE_THE_ACCESS_TOKEN_HERE', token.access_token));
      expect(JSON.parse(answer)).toEqual({ for: 'worker' });
    } finally {
      await stop(app);
    }
  }, 300_000);
});

async function untilListening(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

function shell(line: string): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('close', (code) => {
      if (code === 0) done(output);
      else fail(new Error(`${line} ended with ${String(code)}`));
    });
  });
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    child.once('close', () => {
      done();
    });
    child.kill('SIGKILL');
  });
