import { expect, test } from './explorer.js';

// rows returns the calls with their times, on the open page and on a newly rendered one.
function rows(page) {
  return page.evaluate(async () => {
    const html = await (await fetch('/')).text();
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    return [document, fresh].map((shown) => shown.getElementById('calls').textContent);
  });
}

test('an open page shows the same as a new page', async ({ page }) => {
  await page.goto('/');
  const [first] = await rows(page);
  await expect(async () => {
    const [open, fresh] = await rows(page);
    expect(open, 'the times on the open page').not.toBe(first); // they are measured every three seconds
    expect(open, 'the open page').toBe(fresh);
  }).toPass({ timeout: 30_000 });
});
