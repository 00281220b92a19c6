import process from 'node:process';
import { call, expect, test } from './explorer.js';
import { picture } from './output.js';

const ordersToProducts = [['orders', 'products']];

// What the map shows of each lab: the calls that fail, the code, and what the sentence beside it says is the reason. The
// story of the first of these calls ends with the step.
const causes = {
  'deny-dns': {
    shows: [{ calls: [['orders', 'products'], ['orders', 'clients'], ['orders', 'orders-database']], code: 'DNS', says: /policies.*\borders\b/ }],
    step: 'queries',
  },
  'service-deleted': {
    shows: [{ calls: ordersToProducts, code: 'DNS', says: /no Service products/ }],
    step: 'queries',
  },
  'wrong-selector': {
    shows: [{ calls: ordersToProducts, code: 'NO ENDPOINTS', says: /no Pod has these labels/ }],
    step: 'endpoints',
  },
  'no-ready-endpoints': {
    shows: [{ calls: ordersToProducts, code: 'NO ENDPOINTS', says: /none of the \d Pods of products is ready/ }],
    step: 'endpoints',
  },
  'wrong-port': {
    shows: [{ calls: ordersToProducts, code: /^(REFUSED|TIMEOUT)$/, says: /targetPort 8081/ }],
    step: 'connection',
  },
  'deny-call': {
    shows: [{ calls: ordersToProducts, code: 'POLICY', says: /policies.*\bproducts\b/ }],
    step: 'policy',
  },
  'slow-peer': {
    shows: [{ calls: ordersToProducts, code: 'TIMEOUT', says: /no answer/ }],
    step: 'answer',
  },
  'database-down': {
    shows: [
      { calls: ordersToProducts, code: 'NO ENDPOINTS', says: /none of the \d Pods of products is ready.*\bdatabase\b/ },
      { calls: [['products', 'products-database']], code: 'NO ENDPOINTS', says: /scaled to zero/ },
    ],
    step: 'endpoints',
  },
};

const { LAB = '' } = process.env;

test(`the map names the cause of the lab ${LAB}`, async ({ page, facts }) => {
  expect(Object.keys(causes), 'LAB of the environment').toContain(LAB);
  await page.goto('/');
  for (const { calls, code, says } of causes[LAB].shows) {
    for (const [from, to] of calls) {
      const arrow = call(page, from, to);
      await expect(arrow).toHaveAttribute('data-code', code, { timeout: 30_000 });
      await expect(arrow).toHaveAttribute('data-state', 'failing');
      await expect(arrow).toHaveAttribute('aria-label', says, { timeout: 30_000 });
      await expect(arrow).toContainText(await arrow.getAttribute('data-code'));
    }
  }
  await expect(page.locator('#lab')).toHaveAttribute('data-state', 'active', { timeout: 30_000 });
  await picture(page, `lab-${LAB}`);
  expect((await facts()).lab).toBe(LAB);
  await expect(page.locator('#lab a').first()).toHaveAttribute('href', `/labs/${LAB}`);
  await page.goto('/labs');
  await expect(page.locator('#lab-on')).toContainText(LAB);
});

test(`the story ends where the lab ${LAB} has broken the call`, async ({ page }) => {
  const { shows, step } = causes[LAB];
  const [[from, to]] = shows[0].calls;
  await page.goto(`/calls/${from}/${to}`);
  await expect(page.locator('#story .problem')).toHaveCount(1);
  await expect(page.locator(`#story > li:last-child#step-${step} .problem`)).toContainText(shows[0].says);
  await picture(page, `story-${LAB}`);
});
