// The fixtures and helpers of all tests.
import { test as base, expect } from '@playwright/test';

export { expect };

export const test = base.extend({
  // complaints fails each test in which a page logs an error or a warning, or sends a request to another host.
  // Violations of the Content-Security-Policy are errors on the console.
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

  // facts reads /topology.json: the declared topology, the state of the cluster, and the states of the calls.
  facts: async ({ request }, use) => {
    await use(async () => {
      const answer = await request.get('/topology.json');
      expect(answer.status(), 'status of /topology.json').toBe(200);
      return (await answer.json()).data;
    });
  },
});

// byId locates an element by its id, which may contain dots.
export function byId(page, id) {
  return page.locator(`[id="${id}"]`);
}

// call locates the arrow of a declared call on the map.
export function call(page, from, to) {
  return byId(page, `call-${from}-${to}`);
}

// box returns the position and size of an element. The page replaces elements while it is open, and one that is replaced
// at this moment has none.
export async function box(locator) {
  let found;
  await expect(async () => {
    found = await locator.boundingBox();
    expect(found).not.toBeNull();
  }).toPass();
  return found;
}

// pods returns the names of all Pods of the demo, or of one workload.
export function pods(facts, workload) {
  return facts.network.workloads
    .filter(({ name }) => workload === undefined || name === workload)
    .flatMap((found) => found.pods.map(({ name }) => name))
    .sort();
}

// pages holds one page of each kind.
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
