import { expect, test } from './explorer.js';
import { picture } from './output.js';

test('the measurements agree with the declaration, and the cluster enforces policies', async ({ page, request }) => {
  await page.goto('/matrix');
  const cells = page.locator('#matrix [data-same]');
  const seen = await cells.evaluateAll((all) => all.map(({ dataset, textContent }) => ({ ...dataset, text: textContent.trim() })));
  expect(seen.filter(({ same }) => same !== 'true')).toEqual([]);
  expect(seen.filter(({ text }) => text === ''), 'cells explained by colour alone').toEqual([]);
  await expect(page.locator('#verdict')).toContainText('The cluster enforces NetworkPolicies');

  const { data } = await (await request.get('/matrix.json')).json();
  expect(data.differences).toBe(0);
  expect(data.enforced).toBe('yes');
  await expect(page.locator('#connections tbody tr')).toHaveCount(data.rows.length);
  const groups = new Set(data.rows.map(({ group }) => group));
  await expect(page.locator('#matrix tbody tr')).toHaveCount(groups.size);
  for (const kind of ['service', 'pod', 'localhost', 'control']) {
    expect(data.rows.filter((row) => row.kind === kind).length, `connections of kind ${kind}`).toBeGreaterThan(0);
  }
  await picture(page, 'matrix');

  // Every cell is a link, even the cell of a denied connection.
  const links = await page.locator('#matrix td a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(links).toHaveLength(seen.length);
  expect(links).toEqual(expect.arrayContaining(['/calls/orders/products', '/calls/clients/products', '/localhost']));
  await page.locator('#matrix a[href^="#row-"]').first().click();
  await expect(page.locator('#connections tr:target')).toBeVisible();
  await page.goto('/calls/clients/products');
  await expect(page.locator('#verdict strong')).toHaveText('denied, as declared');
  await expect(page.locator('#step-policy')).toHaveClass('stopped');
});

test('the matrix shows the times of the map', async ({ page, facts }) => {
  await page.goto('/');
  const call = async () => (await facts()).calls.find(({ from, to }) => from === 'orders' && to === 'products');
  await expect(async () => expect((await call()).times.measurements).toBe(5)).toPass({ timeout: 30_000 });
  const before = (await call()).milliseconds;
  await page.goto('/matrix');
  const shown = Number((await page.locator('#matrix a[href="/calls/orders/products"] .took').first().innerText()).match(/[\d.]+/)[0]);
  const after = (await call()).milliseconds;
  expect(shown).toBeGreaterThan(Math.min(before, after) / 2);
  expect(shown).toBeLessThan(Math.max(before, after) * 2);
});
