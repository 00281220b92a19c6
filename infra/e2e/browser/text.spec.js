import { expect, pods, test } from './explorer.js';

// table returns the words of each row of a table.
async function table(page, id) {
  const rows = await page.locator(`#${id} tbody tr`).allInnerTexts();
  return rows.map((row) => row.split(/\s+/));
}

// containing returns the rows that contain these words in this order.
function containing(rows, words) {
  return rows.filter((row) => {
    const places = words.map((word) => row.indexOf(word));
    return places.every((place, i) => place > (places[i - 1] ?? -1));
  });
}

test('the tables agree with /topology.json', async ({ page, facts }) => {
  await page.goto('/');
  // A Pod that another test has deleted may still be terminating.
  await expect(async () => {
    const { network, calls } = await facts();
    for (const [id, wanted] of [
      ['calls', calls.map(({ from, to, state }) => [from, to, state])],
      ['pods', pods({ network }).map((name) => [name])],
      ['services', network.services.map(({ name, clusterIP }) => [name, clusterIP])],
    ]) {
      const rows = await table(page, id);
      expect(rows, `rows of ${id}`).toHaveLength(wanted.length);
      for (const words of wanted) {
        expect(containing(rows, words), `rows of ${id} that contain ${words.join(' ')}`).toHaveLength(1);
      }
    }
  }).toPass({ timeout: 20_000 });
});

test('the tables work without JavaScript', async ({ browser, baseURL, facts }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.locator('#calls tbody tr')).toHaveCount((await facts()).topology.calls.length);
  await context.close();
});
