import { expect, test } from './explorer.js';
import { picture } from './output.js';

// The hops of a purchase: the explorer calls each service, and orders calls its peers and its database.
const crossed = [
  ['explorer', 'clients'],
  ['explorer', 'products'],
  ['explorer', 'orders'],
  ['orders', 'clients'],
  ['orders', 'products'],
  ['orders', 'orders-database'],
];

test('a request is followed from service to service', async ({ page }) => {
  await page.goto('/requests');
  await page.locator('[name=firstName]').fill('Maria');
  await page.locator('[name=lastName]').fill('Rossi');
  await page.locator('[name=product]').fill('Chair <b>"1"</b>');
  await page.locator('main form button').click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f]{32}$/);

  await expect(page.locator('h1')).toHaveText('POST /orders');

  // The services send their spans some seconds after their answers. No hop changes its number when other hops arrive.
  const hops = page.locator('#hops [data-hop]:not([data-hop=""])');
  const numbered = new Map();
  await expect(async () => {
    const seen = await hops.evaluateAll((all) => all.map((hop) => [hop.dataset.hop, hop.querySelector('a').textContent]));
    for (const [number, ends] of seen) {
      expect(numbered.get(number) ?? ends, `hop ${number}`).toBe(ends);
      numbered.set(number, ends);
    }
    const shown = seen.map(([, ends]) => ends);
    for (const [from, to] of crossed) {
      const hop = new RegExp(`(^|[^\\w-])${from}[^\\w-].*[^\\w-]${to}($|[^\\w-])`);
      expect(shown.filter((text) => hop.test(text)).length, `hops from ${from} to ${to}`).toBeGreaterThan(0);
    }
  }).toPass({ timeout: 30_000 });
  for (const hop of await hops.all()) {
    await expect(hop).toContainText(/\d m?s\b/);
  }
  const statements = page.locator('#hops details').first();
  await expect(statements.locator('ul')).toBeHidden();
  await statements.locator('summary').click();
  await expect(statements.locator('ul')).toBeVisible();
  await expect(page.locator('#map [data-hop="1"]').first()).toBeVisible();
  expect(await page.locator('#spans tbody tr').count()).toBeGreaterThanOrEqual(crossed.length);
  await picture(page, 'request');

  await page.setViewportSize({ width: 1440, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollHeight), 'height of a trace').toBeLessThan(5_000);

  const path = new URL(page.url()).pathname;
  await page.locator('#hops a', { hasText: 'orders → products' }).first().click();
  await expect(page).toHaveURL(/\/calls\/orders\/products$/);
  await page.goto('/requests');
  await expect(page.locator(`main a[href="${path}"]`)).toBeVisible();
});
