import { expect, pods, test } from './explorer.js';

// table is what each row of a table says, in words.
async function table(page, id) {
  const rows = await page.locator(`#${id} tbody tr`).allInnerTexts();
  return rows.map((row) => row.split(/\s+/));
}

// saying are the rows that say these words in this order.
function saying(rows, words) {
  return rows.filter((row) => {
    const places = words.map((word) => row.indexOf(word));
    return places.every((place, i) => place > (places[i - 1] ?? -1));
  });
}

test('the tables say what /topology.json says', async ({ page, facts }) => {
  await page.goto('/');
  // A Pod that another test has deleted may still be on its way out.
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
        expect(saying(rows, words), `rows of ${id} that say ${words.join(' ')}`).toHaveLength(1);
      }
    }
  }).toPass({ timeout: 20_000 });
});

test('the tables are there without JavaScript', async ({ browser, baseURL, facts }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.locator('#calls tbody tr')).toHaveCount((await facts()).topology.calls.length);
  await context.close();
});
