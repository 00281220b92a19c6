import { deletePod } from './cluster.js';
import { expect, pods, test } from './explorer.js';

test('a deleted Pod disappears and its successor appears, without a reload', async ({ page, facts }) => {
  await page.goto('/');
  await page.evaluate(() => {
    window.loadedOnce = true;
  });
  const before = await facts();
  const ready = page.locator('#map .pod[data-ready="true"]');
  await expect(ready).toHaveCount(pods(before).length);
  const [gone] = pods(before, 'products');

  deletePod(before.network.namespace, gone);
  await expect(page.locator(`#map .pod[data-pod="${gone}"]`)).toHaveCount(0, { timeout: 40_000 });
  await expect(ready).toHaveCount(pods(before).length, { timeout: 20_000 });

  const come = pods(await facts(), 'products').filter((name) => !pods(before).includes(name));
  expect(come).toHaveLength(1);
  await expect(page.locator(`#map .pod[data-pod="${come[0]}"]`)).toHaveAttribute('data-ready', 'true');
  expect(await page.evaluate(() => window.loadedOnce)).toBe(true);
});
