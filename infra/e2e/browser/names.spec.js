import { expect, test } from './explorer.js';

test('a longer name without its final dot costs more DNS queries', async ({ page, facts }) => {
  const { namespace } = (await facts()).network;
  await page.goto('/calls/orders/products');
  const asked = async (name) => {
    const row = page.locator('#names tbody tr').filter({ has: page.locator('code').getByText(name, { exact: true }) });
    return Number(await row.locator('[data-label=Queries]').innerText());
  };
  const short = await asked('products');
  const withNamespace = await asked(`products.${namespace}`);
  const service = await asked(`products.${namespace}.svc`);
  const full = await asked(`products.${namespace}.svc.cluster.local`);
  const absolute = await asked(`products.${namespace}.svc.cluster.local.`);

  // Each domain of the search list is one query for an IPv4 address and one for an IPv6 address.
  expect({ short, withNamespace, service, absolute }).toEqual({ short: 2, withNamespace: 4, service: 6, absolute: 2 });
  expect(full).toBeGreaterThanOrEqual(8);
});
