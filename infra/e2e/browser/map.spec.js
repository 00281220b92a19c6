import { byId, call, expect, pods, test } from './explorer.js';

test('every node and every call of the topology is on the map', async ({ page, facts }) => {
  await page.goto('/');
  const { topology } = await facts();
  for (const { name } of topology.nodes) {
    await expect(byId(page, `node-${name}`), `node ${name}`).toBeVisible();
  }
  for (const { from, to } of topology.calls) {
    await expect(call(page, from, to), `call of ${from} to ${to}`).toBeVisible();
  }
  await expect(page.locator('#map a.node')).toHaveCount(topology.nodes.length);
  await expect(page.locator('#map a.call:not(#call-localhost)')).toHaveCount(topology.calls.length);
  await expect(page.locator('#call-localhost')).toBeVisible();
});

test('every Pod of the cluster is on the map', async ({ page, facts }) => {
  await page.goto('/');
  await expect(async () => {
    const drawn = await page.locator('#map .pod').evaluateAll((all) => all.map((pod) => pod.dataset.pod).sort());
    expect(drawn).toEqual(pods(await facts()));
  }).toPass();
  await expect(page.locator('#map .pod[data-ready="true"]')).toHaveCount(13);
});

test('every call works within 20 seconds, and its label describes it', async ({ page, facts }) => {
  await page.goto('/');
  for (const { from, to } of (await facts()).topology.calls) {
    const arrow = call(page, from, to);
    await expect(arrow, `call of ${from} to ${to}`).toHaveAttribute('data-state', 'working', { timeout: 20_000 });
    await expect(arrow).toHaveAttribute('aria-label', new RegExp(`^${from} calls ${to}: working`));
    await expect(arrow).toContainText(/\d ms/);
  }
  await expect(page.locator('p.problem')).toHaveCount(0);
});

test('the status line shows that the page is live', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('status')).toHaveText(/^Live/);
});
