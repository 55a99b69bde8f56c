import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { runCli } from '../../lib/cli/run';

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
    const program = ts.createProgram(files, { ...options, noEmit: true, allowJs: true, skipLibCheck: true, typeRoots: [join(root, 'node_modules/@types')], noUnusedLocals: false });
    const problems = ts.getPreEmitDiagnostics(program).map((problem) => `${problem.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
    expect(problems).toEqual([]);
  }, 120_000);

  it('has JSON that is JSON, and no code in a language that nothing here looks at', () => {
    for (const { language, code } of blocks) {
      expect(['ts', 'js', 'json', 'sh', 'sql', 'text', '']).toContain(language);
      if (language === 'json') expect(() => JSON.parse(code) as unknown).not.toThrow();
    }
  });

  it('has only commands and options that the command line knows', async () => {
    const lines = [...pages, 'llms.txt', 'CONTRIBUTING.md'].flatMap((page) => [...read(page).matchAll(/npx express-token-endpoint ((?:[\w.:/-]+ ?)+)/g)].map(([, line = '']) => line.trim().split(' ')));
    expect(lines.length).toBeGreaterThan(1);
    for (const [command = '', ...args] of lines) {
      const { code, out } = await runCli([command, '--help'], { input: async () => '', fetch });
      expect(`${command} ${String(code)}`).toBe(`${command} 0`);
      for (const option of args.filter((arg) => arg.startsWith('--'))) expect(out).toContain(option);
    }
  });

  it('has scripts of this package only that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    for (const page of [...pages, 'CONTRIBUTING.md']) for (const [, name = ''] of read(page).matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });

  it('links to what is there, and to every page', () => {
    for (const page of [...pages, 'llms.txt', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/api/README.md']) {
      for (const [, target = '', anchor] of read(page).matchAll(/\]\(([^)#:\s]*)(?:#([\w-]+))?\)/g)) {
        const file = target === '' ? page : join(dirname(page), target);
        expect([page, target, existsSync(join(root, file))]).toEqual([page, target, true]);
        if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor);
      }
    }
    for (const page of pages.slice(1)) for (const index of ['README.md', 'llms.txt']) expect([index, read(index).includes(`](${page})`) ? page : `no link to ${page}`]).toEqual([index, page]);
  });

  it('has a README of 1,500 to 2,000 words', () => {
    const words = read('README.md').split(/\s+/).filter(Boolean).length;
    expect(words).toBeGreaterThanOrEqual(1500);
    expect(words).toBeLessThanOrEqual(2000);
  });

  it('names every option', () => {
    const page = read('docs/options.md');
    const files = ['lib/options/options.ts', 'lib/options/resource-server-options.ts', 'lib/client/options.ts', 'lib/clients/client.ts', 'lib/grants/user.ts', 'lib/throttle/limits.ts', 'lib/bearer/requirement.ts'];
    const named = /^(?:OAuthRouterOptions|AccessTokenOptions|RefreshTokenOptions|ResourceServerOptions|JwksOptions|IntrospectionOptions|TokenClientOptions|Client|User|ThrottleOptions|Limit|BearerOptions)$/;
    const missing = files.flatMap((file) => membersOf(file, named)).filter((name) => !new RegExp(`(?:[\`.]|### )${name}\\b`).test(page));
    expect(missing).toEqual([]);
  });

  it('explains every refusal and every warning', () => {
    const page = read('docs/errors.md');
    const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => read(join('lib', name))).join('\n');
    const said = [...sources.matchAll(/(?:OAuthError\('\w+', |invalidRequest\()'([^']+)'/g)].map(([, text = '']) => text);
    const codes = [...sources.matchAll(/'(OAUTH_[A-Z_]+)'/g)].map(([, code = '']) => code);
    const errors = Object.keys(/const STATUS = \{([^]*?)\}/.exec(sources)?.[1]?.match(/^ {2}\w+/gm)?.reduce((all, name) => ({ ...all, [name.trim()]: true }), {}) ?? {});
    expect(said.length).toBeGreaterThan(20);
    expect(errors.length).toBeGreaterThan(12);
    const OWN = ['method_not_allowed', 'request_too_large', 'throttled'];
    const alike = (text: string): string => text.replace(/^The parameter (?:token|refresh_token) is missing$/, 'The parameter grant_type is missing');
    expect([...said.map(alike), ...codes, ...errors.filter((name) => !OWN.includes(name))].filter((text) => !page.includes(text))).toEqual([]);
  });

  it('has an API reference that is what the types say', async () => {
    await promisify(execFile)(process.execPath, [join(root, 'scripts/api.js')], { cwd: root });
  }, 600_000);

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

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Headings as GitHub makes anchors of them. */
const anchorsOf = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s/g, '-'));

/** The members of the interfaces of a file whose names fit. */
function membersOf(file: string, named: RegExp): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isInterfaceDeclaration).filter(({ name }) => named.test(name.text)).flatMap(({ members }) => members.map((member) => member.name?.getText(source) ?? ''));
}

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
