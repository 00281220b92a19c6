import { expect, test } from './explorer.js';

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

// sample returns 20 times of a call on the map and in its story, taken in turns so that both cover the same window.
async function sample(page, facts, from, to) {
  const map = [];
  const story = [];
  for (let i = 0; i < 20; i += 1) {
    await page.goto(`/calls/${from}/${to}`);
    const times = await page.locator('#times').textContent();
    expect(times).toMatch(/^DNS [\d.]+ \+ .*answer [\d.]+ = [\d.]+ ms$/); // without TCP if it rounds to 0
    story.push(Number(times.match(/= ([\d.]+) ms/)[1]));
    map.push((await facts()).calls.find((call) => call.from === from && call.to === to).milliseconds);
    await page.waitForTimeout(600); // the explorer measures two stories per second
  }
  return { map: median(map), story: median(story) };
}

// The map ignores rounds in which the machine was busy, and a story cannot. On a busy machine the test tries five windows.
test('the map and the story of a call show about the same time', async ({ page, facts }) => {
  test.setTimeout(600_000);
  await page.goto('/');
  await page.waitForTimeout(20_000); // the time on the map is the median of five rounds
  for (const [from, to] of [['orders', 'products'], ['clients', 'orders'], ['products', 'products-database']]) {
    let ratio;
    for (let window = 0; window < 5; window += 1) {
      const { map, story } = await sample(page, facts, from, to);
      console.log(`${from} to ${to}: map ${map} ms, story ${story} ms`);
      ratio = map / story;
      if (ratio > 1 / 2 && ratio < 2) break;
    }
    expect(ratio, `${from} to ${to}: time on the map divided by the time in the story`).toBeGreaterThan(1 / 2);
    expect(ratio, `${from} to ${to}: time on the map divided by the time in the story`).toBeLessThan(2);
  }
});
