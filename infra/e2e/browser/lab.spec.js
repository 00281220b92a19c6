import process from 'node:process';
import { call, expect, test } from './explorer.js';
import { picture } from './output.js';

const ordersToProducts = [['orders', 'products']];

// The effect of each lab: the failing calls, their code, and words of the sentence beside the map. The story of the
// first of these calls ends with the step.
const causes = {
  'deny-dns': {
    shows: [{ calls: [['orders', 'products'], ['orders', 'clients'], ['orders', 'orders-database']], code: 'DNS', words: /policies.*\borders\b/ }],
    step: 'queries',
  },
  'service-deleted': {
    shows: [{ calls: ordersToProducts, code: 'DNS', words: /no Service products/ }],
    step: 'queries',
  },
  'wrong-selector': {
    shows: [{ calls: ordersToProducts, code: 'NO ENDPOINTS', words: /no Pod has these labels/ }],
    step: 'endpoints',
  },
  'no-ready-endpoints': {
    shows: [{ calls: ordersToProducts, code: 'NO ENDPOINTS', words: /none of the \d Pods of products is ready/ }],
    step: 'endpoints',
  },
  'wrong-port': {
    shows: [{ calls: ordersToProducts, code: /^(REFUSED|TIMEOUT)$/, words: /targetPort 8081/ }],
    step: 'connection',
  },
  'deny-call': {
    shows: [{ calls: ordersToProducts, code: 'POLICY', words: /policies.*\bproducts\b/ }],
    step: 'policy',
  },
  'slow-peer': {
    shows: [{ calls: ordersToProducts, code: 'TIMEOUT', words: /no answer/ }],
    step: 'answer',
  },
  'database-down': {
    shows: [
      { calls: ordersToProducts, code: 'NO ENDPOINTS', words: /none of the \d Pods of products is ready.*\bdatabase\b/ },
      { calls: [['products', 'products-database']], code: 'NO ENDPOINTS', words: /scaled to zero/ },
    ],
    step: 'endpoints',
  },
};

const { LAB = '' } = process.env;

test(`the map names the cause of the lab ${LAB}`, async ({ page, facts }) => {
  expect(Object.keys(causes), 'LAB of the environment').toContain(LAB);
  await page.goto('/');
  for (const { calls, code, words } of causes[LAB].shows) {
    for (const [from, to] of calls) {
      const arrow = call(page, from, to);
      await expect(arrow).toHaveAttribute('data-code', code, { timeout: 30_000 });
      await expect(arrow).toHaveAttribute('data-state', 'failing');
      await expect(arrow).toHaveAttribute('aria-label', words, { timeout: 30_000 });
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
  await expect(page.locator(`#story > li:last-child#step-${step} .problem`)).toContainText(shows[0].words);
  await picture(page, `story-${LAB}`);
});
