import http from 'node:http';
import { expect, test } from './explorer.js';

const loads = 5;

// load opens the map with an empty cache, and returns the bytes and the time that it took.
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

test('the first view is small and fast', async ({ browser, baseURL }) => {
  const taken = [];
  for (let i = 0; i < loads; i++) {
    taken.push(await load(browser, baseURL));
  }
  const bytes = Math.max(...taken.map((one) => one.bytes));
  const milliseconds = Math.min(...taken.map((one) => one.milliseconds));
  console.log(`first view: ${bytes} bytes, ${milliseconds} ms (aim: 30,000 bytes, 200 ms)`);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(30_000);
  // The fastest load shows what the page costs: the cluster and other work share the machine and only add to it.
  expect(milliseconds).toBeLessThan(1_000);
});

// transferred returns the bytes of an open page's stream after its first event, headers and framing included.
async function transferred(url, seconds) {
  const response = await new Promise((resolve, reject) => {
    http.get(url, { headers: { 'Accept-Encoding': 'gzip' } }, resolve).on('error', reject);
  });
  const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  response.resume();
  await wait(5_000); // the first event is the whole map
  const before = response.socket.bytesRead;
  await wait(seconds * 1_000);
  const after = response.socket.bytesRead;
  response.destroy();
  return after - before;
}

test('an open page receives less than 1 kB per second', async ({ baseURL }) => {
  const seconds = 30;
  const bytes = await transferred(new URL('/events', baseURL), seconds);
  console.log(`stream: ${Math.round(bytes / seconds)} bytes a second (aim: 1,000)`);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(1_000 * seconds);
});
