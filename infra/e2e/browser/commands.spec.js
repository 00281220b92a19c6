import { execFileSync } from 'node:child_process';
import { expect, pages, test } from './explorer.js';

const labs = ['deny-dns', 'service-deleted', 'wrong-selector', 'no-ready-endpoints', 'wrong-port', 'deny-call', 'slow-peer', 'database-down'];

// shells holds the installed shells, bash and zsh.
const shells = ['bash', 'zsh'].filter((shell) => {
  try {
    execFileSync(shell, ['-c', 'true']);
    return true;
  } catch {
    return false;
  }
});

// run returns the output of a command. diff exits with 1 if its inputs differ, which is not a failure.
function run(shell, command) {
  try {
    return execFileSync(shell, ['-c', command], { encoding: 'utf8', timeout: 60_000 });
  } catch (failure) {
    if (command.startsWith('diff ') && failure.status === 1 && !failure.stderr) return failure.stdout;
    throw new Error(`${shell} fails at ${command}: ${failure.stderr || failure.message}`);
  }
}

test('every command of the pages runs in bash and in zsh', async ({ page }) => {
  test.setTimeout(300_000);
  const commands = new Set();
  for (const path of [...pages, ...labs.map((lab) => `/labs/${lab}`)]) {
    await page.goto(path);
    for (const command of await page.locator('code.command').allTextContents()) commands.add(command);
  }
  // make and pulumi change the demo. Other tests cover them.
  const kubectl = [...commands].filter((command) => !/^(make|pulumi) /.test(command));
  expect(kubectl.length).toBeGreaterThan(20);
  for (const command of kubectl) {
    for (const shell of shells) run(shell, command);
  }
});

test('a button copies a command with its newline', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/labs/wrong-port');
  const terminal = page.locator('pre.terminal').first();
  await terminal.getByRole('button', { name: 'Copy' }).click();
  await expect(terminal.getByRole('button')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('make lab ON=wrong-port\n');
});

test('without JavaScript there is no Copy button', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/labs/wrong-port');
  await expect(page.locator('code.command').first()).toBeVisible();
  await expect(page.locator('pre button')).toHaveCount(0);
  await context.close();
});
