import { expect, test } from './explorer.js';
import { picture } from './output.js';

// What a purchase has to cross: the explorer asks each service, and orders its peers and its database.
const crossed = [
  ['explorer', 'clients'],
  ['explorer', 'products'],
  ['explorer', 'orders'],
  ['orders', 'clients'],
  ['orders', 'products'],
  ['orders', 'orders-database'],
];

test('a request that somebody makes is followed from service to service', async ({ page }) => {
  await page.goto('/requests');
  await page.locator('[name=firstName]').fill('Maria');
  await page.locator('[name=lastName]').fill('Rossi');
  await page.locator('[name=product]').fill('Chair <b>"1"</b>');
  await page.locator('main form button').click();
  await expect(page).toHaveURL(/\/requests\/[0-9a-f]{32}$/);

  // The services send their spans some seconds after they have answered.
  const hops = page.locator('#hops > li');
  await expect(async () => {
    await page.reload();
    const told = (await hops.allInnerTexts()).map((hop) => hop.replaceAll(/\s+/g, ' '));
    for (const [from, to] of crossed) {
      const hop = new RegExp(`(^|[^\\w-])${from}[^\\w-].*[^\\w-]${to}($|[^\\w-])`);
      expect(told.filter((text) => hop.test(text)).length, `hops from ${from} to ${to}`).toBeGreaterThan(0);
    }
  }).toPass({ timeout: 30_000 });
  for (const hop of await hops.all()) {
    await expect(hop).toContainText(/\d m?s\b/);
  }
  await expect(page.locator('#map [data-hop="1"]').first()).toBeVisible();
  expect(await page.locator('#spans tbody tr').count()).toBeGreaterThanOrEqual(await hops.count());
  await picture(page, 'request');

  const path = new URL(page.url()).pathname;
  await page.goto('/requests');
  await expect(page.locator(`main a[href="${path}"]`)).toBeVisible();
});
