import { expect, test } from './explorer.js';

test('a longer name without its final dot costs more DNS queries', async ({ page, facts }) => {
  const { namespace } = (await facts()).network;
  await page.goto('/calls/orders/products');
  const queries = async (name) => {
    const row = page.locator('#names tbody tr').filter({ has: page.locator('code').getByText(name, { exact: true }) });
    return Number(await row.locator('[data-label=Queries]').innerText());
  };
  const short = await queries('products');
  const withNamespace = await queries(`products.${namespace}`);
  const service = await queries(`products.${namespace}.svc`);
  const full = await queries(`products.${namespace}.svc.cluster.local`);
  const absolute = await queries(`products.${namespace}.svc.cluster.local.`);

  // Each domain of the search list needs one query for an IPv4 address and one for an IPv6 address.
  expect({ short, withNamespace, service, absolute }).toEqual({ short: 2, withNamespace: 4, service: 6, absolute: 2 });
  expect(full).toBeGreaterThanOrEqual(8);
});
