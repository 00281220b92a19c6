import { call, expect, test } from './explorer.js';

test('pointing at an arrow tells how the call goes', async ({ page }) => {
  await page.goto('/');
  const arrow = call(page, 'orders', 'products');
  await expect(arrow).toHaveAttribute('data-state', 'working', { timeout: 20_000 });
  await arrow.locator('.pill').hover();
  await expect(page.locator('#facts')).toContainText('orders calls products: working');
});

test('a press that lasts while the map changes still opens the story', async ({ page }) => {
  await page.goto('/');
  const label = call(page, 'orders', 'products').locator('.pill');
  await label.hover();
  await page.mouse.down();
  // The map is measured every three seconds, and the times on its arrows are never all the same.
  await page.evaluate(() => new Promise((resolve) => {
    const events = new EventSource('/events');
    events.addEventListener('change', () => { events.close(); resolve(); });
  }));
  await page.mouse.up();
  await expect(page).toHaveURL(/\/calls\/orders\/products$/);
});
