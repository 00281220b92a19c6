import { expect, test } from './explorer.js';

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

// A machine that is busy for a while makes the stories longer, and not the map, which leaves out disturbed rounds.
test.describe.configure({ retries: 2 });

// Both are measured by the Pods: the map must not show the time that a call waits for others. It leaves out rounds of a busy
// machine, and a story cannot: load only makes it longer, so that its quickest run is the one to compare with.
test('the map and the story of a call show about the same time', async ({ page, facts }) => {
  test.setTimeout(180_000);
  await page.goto('/');
  await page.waitForTimeout(20_000); // five rounds: as many as the map's time is the median of
  for (const [from, to] of [['orders', 'products'], ['clients', 'orders'], ['products', 'products-database']]) {
    const onMap = [];
    const inStory = [];
    for (let i = 0; i < 20; i += 1) {
      await page.goto(`/calls/${from}/${to}`);
      const times = await page.locator('#times').textContent();
      expect(times).toMatch(/^DNS [\d.]+ \+ .*answer [\d.]+ = [\d.]+ ms$/); // without TCP where it rounds to nothing
      inStory.push(Number(times.match(/= ([\d.]+) ms/)[1]));
      onMap.push((await facts()).calls.find((call) => call.from === from && call.to === to).milliseconds);
      await page.waitForTimeout(600); // the explorer tells two stories a second
    }
    const [map, story, quickest] = [median(onMap), median(inStory), Math.min(...inStory)];
    expect(map, `${from} to ${to} on the map, ${story} ms in the story`).toBeLessThan(2 * story);
    expect(map, `${from} to ${to} on the map, ${quickest} ms in the story`).toBeGreaterThan(quickest / 2);
  }
});
