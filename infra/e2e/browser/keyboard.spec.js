import { byId, call, expect, test } from './explorer.js';

test('Tab reaches every node and every call, and Enter opens one', async ({ page, facts }) => {
  await page.goto('/');
  const { topology } = await facts();
  const wanted = [
    ...topology.nodes.map(({ name }) => `node-${name}`),
    ...topology.calls.map(({ from, to }) => `call-${from}-${to}`),
    'call-localhost',
  ];
  const reached = new Set();
  const links = await page.locator('a, button, input, [tabindex]').count();
  for (let pressed = 0; pressed <= links; pressed++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  expect(wanted.filter((id) => !reached.has(id)), 'not reached by Tab').toEqual([]);

  await call(page, 'orders', 'products').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/calls\/orders\/products$/);
});

test('a link before the map skips it to the tables', async ({ page }) => {
  await page.goto('/');
  let focused;
  do {
    await page.keyboard.press('Tab');
    focused = await page.evaluate(() => ({
      target: document.activeElement.getAttribute('href'),
      onMap: document.activeElement.closest('#map') !== null,
    }));
  } while (focused.target !== '#calls' && !focused.onMap);
  expect(focused).toEqual({ target: '#calls', onMap: false });
  await page.keyboard.press('Enter');
  await expect(page.locator('#calls')).toBeInViewport();
});

for (const way of ['focus', 'hover']) {
  test(`${way} shows a node's addresses`, async ({ page, facts }) => {
    await page.goto('/');
    const { network } = await facts();
    const { clusterIP, dnsName, endpoints } = network.services.find(({ name }) => name === 'products');
    await byId(page, 'node-products')[way]();
    for (const fact of [clusterIP, dnsName, ...endpoints.map(({ address }) => address)]) {
      await expect(page.locator('#facts')).toContainText(fact);
    }
  });
}
