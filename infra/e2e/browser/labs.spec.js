import { expect, test } from './explorer.js';

const labs = [
  'deny-dns', 'service-deleted', 'wrong-selector', 'no-ready-endpoints', 'wrong-port', 'deny-call', 'slow-peer', 'database-down',
];

test('every lab has a page with the commands that turn it on and off', async ({ page }) => {
  await page.goto('/labs');
  for (const lab of labs) {
    await expect(page.locator(`main a[href="/labs/${lab}"]`).first(), lab).toBeVisible();
  }
  for (const lab of labs) {
    await page.goto(`/labs/${lab}`);
    const commands = await page.locator('code.command').allTextContents();
    expect(commands).toEqual(expect.arrayContaining([
      `make lab ON=${lab}`, `pulumi config set lab ${lab}`, 'pulumi up --yes', 'make lab OFF=1', 'pulumi config rm lab',
    ]));
  }
});

test('no lab is active', async ({ page, facts }) => {
  expect((await facts()).lab).toBeFalsy();
  for (const path of ['/', '/labs']) {
    await page.goto(path);
    await expect(page.locator('#lab, #lab-on')).toHaveCount(0);
  }
});
