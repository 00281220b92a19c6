import { expect, test } from './explorer.js';

const loads = 5;

// load opens the map as somebody does who has never been there, and returns what that took.
async function load(browser, baseURL) {
  const context = await browser.newContext({ baseURL });
  const page = await context.newPage();
  await page.goto('/');
  await page.waitForFunction(() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0);
  const taken = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation');
    const all = [navigation, ...performance.getEntriesByType('resource')];
    return {
      bytes: all.reduce((sum, { transferSize }) => sum + transferSize, 0),
      milliseconds: Math.round(navigation.loadEventEnd),
    };
  });
  await context.close();
  return taken;
}

test('the first view is light and quick', async ({ browser, baseURL }) => {
  const taken = [];
  for (let i = 0; i < loads; i++) {
    taken.push(await load(browser, baseURL));
  }
  taken.sort((a, b) => a.milliseconds - b.milliseconds);
  const { bytes, milliseconds } = taken[Math.floor(loads / 2)];
  console.log(`first view: ${bytes} bytes, ${milliseconds} ms (aim: 100,000 bytes, 200 ms)`);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(100_000);
  // Wide of the aim, because the whole cluster runs beside the browser.
  expect(milliseconds).toBeLessThan(1_000);
});
