import { call, expect, test } from './explorer.js';

test('hovering over an arrow shows the state of the call', async ({ page }) => {
  await page.goto('/');
  const arrow = call(page, 'orders', 'products');
  await expect(arrow).toHaveAttribute('data-state', 'working', { timeout: 20_000 });
  await arrow.locator('.pill').hover();
  await expect(page.locator('#facts')).toContainText('orders calls products: working');
});

test('a click during which the map changes still opens the story', async ({ page }) => {
  await page.goto('/');
  const label = call(page, 'orders', 'products').locator('.pill');
  await label.hover();
  await page.mouse.down();
  // The calls are measured every three seconds, and some time on the map always changes.
  await page.evaluate(() => new Promise((resolve) => {
    const events = new EventSource('/events');
    events.addEventListener('change', () => { events.close(); resolve(); });
  }));
  await page.mouse.up();
  await expect(page).toHaveURL(/\/calls\/orders\/products$/);
});
