import { expect, test } from './explorer.js';

// rows are the calls with their times, on the open page and on one that the server renders now.
function rows(page) {
  return page.evaluate(async () => {
    const html = await (await fetch('/')).text();
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    return [document, fresh].map((shown) => shown.getElementById('calls').textContent);
  });
}

test('the changes that an open page gets lead to what a new page shows', async ({ page }) => {
  await page.goto('/');
  const [first] = await rows(page);
  await expect(async () => {
    const [open, fresh] = await rows(page);
    expect(open, 'the times on the open page').not.toBe(first); // they are measured every three seconds
    expect(open, 'the open page').toBe(fresh);
  }).toPass({ timeout: 30_000 });
});
