import { byId, expect, test } from './explorer.js';

test('each Pod shows the end of its address, and its node shows the start', async ({ page, facts }) => {
  await page.goto('/');
  await expect(async () => {
    for (const { name, pods, containers } of (await facts()).network.workloads) {
      for (const { name: pod, ip, node } of pods) {
        const start = `${ip.split('.').slice(0, 3).join('.')}.*`;
        await expect(page.locator('#map')).toContainText(new RegExp(`${node}.*${start.replaceAll(/[.*]/g, '\\$&')}`), { timeout: 1_000 });
        const shown = name === 'explorer' && containers.length > 1 ? ip : `.${ip.split('.')[3]}`;
        await expect(byId(page, `pod-${pod}`).locator('.ip')).toContainText(shown, { timeout: 1_000 });
      }
    }
  }).toPass({ timeout: 30_000 });
});

for (const way of ['focus', 'hover']) {
  test(`${way} shows a Pod's facts`, async ({ page, facts }) => {
    await page.goto('/');
    const { network } = await facts();
    const { pods, containers } = network.workloads.find(({ name }) => name === 'products');
    const [{ name, ip, node, owner }] = pods;
    await byId(page, `pod-${name}`)[way]();
    const service = network.services.find((found) => found.name === 'products');
    for (const fact of [name, ip, node, owner, `${containers[0].name}:`, `products ${service.clusterIP}`, 'Restarts', 'pods, headless']) {
      await expect(page.locator('#facts')).toContainText(fact);
    }
  });
}

test('a Pod has its own page, even without JavaScript', async ({ browser, baseURL, facts }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/');
  const { pods } = (await facts()).network.workloads.find(({ name }) => name === 'orders');
  await byId(page, `pod-${pods[0].name}`).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(pods[0].name);
  await expect(page.locator('main')).toContainText(pods[0].ip);
  await context.close();
});

test('the Pod with two containers is drawn as a Pod', async ({ page }) => {
  await page.goto('/');
  const pod = page.locator('#map .pod:has(.frame-of-pod)');
  await expect(pod).toHaveCount(1);
  await expect(pod).toContainText(/Pod explorer-\S+/);
  await expect(pod).toContainText(/\d+\.\d+\.\d+\.\d+, one network namespace/);
  await expect(pod.locator('.container')).toHaveCount(2);
  await expect(page.locator('ul.legend li')).not.toHaveCount(0);
});
