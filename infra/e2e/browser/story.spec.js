import { call, expect, pods, test } from './explorer.js';
import { picture } from './output.js';

test('an arrow links to the story of its request, with a command for each step', async ({ page, facts }) => {
  await page.goto('/');
  await call(page, 'orders', 'products').locator('text').first().click();
  await expect(page).toHaveURL(/\/calls\/orders\/products$/);

  const steps = page.locator('#story > li');
  expect(await steps.evaluateAll((all) => all.map((step) => step.id))).toEqual(
    ['variable', 'resolver', 'queries', 'service', 'endpoints', 'policy', 'connection', 'answer'].map((name) => `step-${name}`),
  );
  for (const step of await steps.all()) {
    await expect(step.locator('code.command').first()).toHaveText(/^\(?kubectl /);
  }

  const { network } = await facts();
  const products = network.services.find(({ name }) => name === 'products');
  await expect(page.locator('#step-variable')).toContainText('PRODUCTS_URL');
  await expect(page.locator('#step-resolver')).toContainText(`${network.namespace}.svc.cluster.local`);
  await expect(page.locator('#step-queries')).toContainText('NXDOMAIN');
  await expect(page.locator('#step-queries')).toContainText(`${products.dnsName}.cluster.local.`);
  await expect(page.locator('#step-service')).toContainText(products.clusterIP);
  for (const { address } of products.endpoints) {
    await expect(page.locator('#step-endpoints')).toContainText(address);
  }
  const answer = await page.locator('#step-answer').innerText();
  expect(pods({ network }, 'products').filter((name) => answer.includes(name)), 'Pods that answered').toHaveLength(1);
  await picture(page, 'story');
});
