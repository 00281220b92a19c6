// What every test of the explorer starts from.
import { test as base, expect } from '@playwright/test';

export { expect };

export const test = base.extend({
  // complaints fails each test in which the browser has something to complain about, in any of its pages. What the
  // Content-Security-Policy has refused is an error on the console.
  complaints: [
    async ({ context, baseURL }, use) => {
      const complaints = [];
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.push(`console: ${message.text()} at ${message.location().url}`);
        }
      });
      context.on('weberror', (failure) => complaints.push(`script: ${failure.error().stack}`));
      context.on('request', (request) => {
        if (new URL(request.url()).origin !== new URL(baseURL).origin) {
          complaints.push(`request to another host: ${request.url()}`);
        }
      });
      await use(complaints);
      expect(complaints, 'complaints of the browser').toEqual([]);
    },
    { auto: true },
  ],

  // facts asks for /topology.json: what is declared, what the cluster holds, and how the calls do.
  facts: async ({ request }, use) => {
    await use(async () => {
      const answer = await request.get('/topology.json');
      expect(answer.status(), 'status of /topology.json').toBe(200);
      return (await answer.json()).data;
    });
  },
});

// byId finds an element whose id may hold dots, as that of a host does.
export function byId(page, id) {
  return page.locator(`[id="${id}"]`);
}

// call is the arrow of a declared call on the map.
export function call(page, from, to) {
  return byId(page, `call-${from}-${to}`);
}

// pods are the names of all Pods of the demo, or of one workload's.
export function pods(facts, workload) {
  return facts.network.workloads
    .filter(({ name }) => workload === undefined || name === workload)
    .flatMap((found) => found.pods.map(({ name }) => name))
    .sort();
}

// pages are one of each kind.
export const pages = [
  '/',
  '/nodes/products',
  '/calls/orders/products',
  '/calls/clients/products',
  '/localhost',
  '/matrix',
  '/requests',
  '/labs',
  '/labs/wrong-selector',
];
