import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { ensureProgram } from '../support/engines/debian';
import { freePorts } from '../support/engines/process';

const root = resolve(__dirname, '../..');
const pictures = join(root, 'reports/screenshots');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** `CHROMIUM`, or one of the names it has on Linux; on Debian it is installed where there is none. */
function findBrowser(): string {
  const names = [process.env.CHROMIUM ?? 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const there = names.find((name) => spawnSync(name, ['--version']).status === 0);
  if (there === undefined) ensureProgram({ command: 'chromium', packageName: 'chromium', cure: 'install Chromium (Debian: apt-get install chromium), or say where it is: CHROMIUM=/path/to/it' });
  return execFileSync('sh', ['-c', `command -v "$0"`, there ?? 'chromium'], { encoding: 'utf8' }).trim();
}

/** What a person does with `npm start` and a browser. */
describe('the playground in Chromium', () => {
  let app: ChildProcess;
  let browser: Browser;
  let url = '';

  beforeAll(async () => {
    const executablePath = findBrowser();
    mkdirSync(pictures, { recursive: true });
    const [port = 0] = await freePorts(1);
    url = `http://localhost:${String(port)}/playground/`;
    app = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', join(root, 'examples/quickstart.ts')], { cwd: root, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((listening) => app.stdout?.once('data', listening));
    browser = await chromium.launch({ executablePath, args: FLAGS });
  }, 600_000);
  afterAll(async () => {
    await browser?.close();
    app?.kill('SIGKILL');
  });

  const open = async (): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } });
    await page.goto(url);
    await page.getByRole('button', { name: 'Authorize' }).click();
    return page;
  };
  /** The form of one security scheme in the Authorize dialog. */
  const scheme = (page: Page, flow: string): Locator => page.locator('.auth-container').filter({ hasText: `Flow: ${flow}` });
  const logIn = async (page: Page, password: string, scopes: readonly string[]): Promise<void> => {
    const form = scheme(page, 'password');
    await form.locator('#oauth_username').fill('mike');
    await form.locator('#oauth_password').fill(password);
    for (const scope of scopes) await form.getByText(scope, { exact: true }).first().click();
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
  };
  const close = (page: Page): Promise<void> => page.locator('.modal-ux').getByRole('button', { name: 'Close', exact: true }).first().click();
  const call = async (page: Page, path: string): Promise<string> => {
    const operation = page.locator('.opblock').filter({ hasText: path }).first();
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const status = operation.locator('.live-responses-table .response-col_status').nth(1);
    await status.waitFor();
    return (await status.innerText()).trim();
  };

  it('logs a user in by password, and calls', async () => {
    const page = await open();
    await logIn(page, 'secret', ['storage']);
    await scheme(page, 'password').getByRole('button', { name: 'Remove authorization' }).waitFor();
    await close(page);
    expect(await call(page, '/files')).toMatch(/^200/);
    await page.screenshot({ path: join(pictures, '1-password-200.png') });
    await page.close();
  }, 300_000);

  it('lets a service in by client credentials, and calls', async () => {
    const page = await open();
    const form = scheme(page, 'clientCredentials');
    await form.getByText('storage', { exact: true }).first().click();
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await close(page);
    expect(await call(page, '/files')).toMatch(/^200/);
    await page.screenshot({ path: join(pictures, '2-client-credentials-200.png') });
    await page.close();
  }, 300_000);

  it('shows 403 where the scope is wrong', async () => {
    const page = await open();
    await logIn(page, 'secret', ['storage']);
    await scheme(page, 'password').getByRole('button', { name: 'Remove authorization' }).waitFor();
    await close(page);
    expect(await call(page, '/reports')).toMatch(/^403/);
    await page.screenshot({ path: join(pictures, '3-wrong-scope-403.png') });
    await page.close();
  }, 300_000);

  it('shows a wrong password in words a person can read, and no login window of the browser', async () => {
    const page = await open();
    await logIn(page, 'wrong', ['storage']);
    const message = page.locator('.auth-container .errors').first();
    await message.waitFor();
    expect(await message.innerText()).toContain('The user name or password is wrong');
    await page.screenshot({ path: join(pictures, '4-wrong-password.png') });
    await page.close();
  }, 300_000);
});
