import { expect, test } from './explorer.js';
import { picture } from './output.js';

test('everything is measured as it is declared, and the cluster enforces policies', async ({ page, request }) => {
  await page.goto('/matrix');
  const cells = page.locator('#matrix [data-same]');
  const seen = await cells.evaluateAll((all) => all.map(({ dataset, textContent }) => ({ ...dataset, text: textContent.trim() })));
  expect(seen.filter(({ same }) => same !== 'true')).toEqual([]);
  expect(seen.filter(({ text }) => text === ''), 'cells that only colour explains').toEqual([]);
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
});
