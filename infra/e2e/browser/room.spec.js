import { box, byId, call, expect, test } from './explorer.js';

// sizes holds the sizes of common screens with at least 1100 pixels, where the facts stand beside the map.
const sizes = [[1920, 950], [1440, 780], [1366, 650], [1280, 720], [1100, 700]];

// overlap reports whether two elements share any area.
function overlap(page, first, second) {
  return page.evaluate(([one, other]) => {
    const a = document.querySelector(one).getBoundingClientRect();
    const b = document.querySelector(other).getBoundingClientRect();
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }, [first, second]);
}

// hit returns the id of the link that a click in the middle of an element would follow.
function hit(element) {
  return element.evaluate((of) => {
    of.scrollIntoView({ block: 'nearest' });
    const { left, right, top, bottom } = of.getBoundingClientRect();
    return document.elementFromPoint((left + right) / 2, (top + bottom) / 2)?.closest('a, aside')?.id;
  });
}

for (const [width, height] of sizes) {
  test(`the facts do not cover the map, and the mouse reaches all of it, at ${width} x ${height}`, async ({ page, facts }) => {
    await blockEvents(page); // a replaced element has no position
    await page.setViewportSize({ width, height });
    await page.goto('/');
    const { topology } = await facts();
    for (const { name } of topology.nodes) {
      const node = byId(page, `node-${name}`);
      expect(await hit(node), `what is clicked at ${name}`).toBe(`node-${name}`);
      await node.hover();
      await expect(page.locator('#facts h2')).toContainText(name);
      expect(await overlap(page, '#map', '.panel'), `the facts of ${name} on the map`).toBe(false);
      expect(await hit(node), `what is clicked at ${name} beside its facts`).toBe(`node-${name}`);
    }
    for (const { from, to } of topology.calls) {
      expect(await hit(call(page, from, to).locator('.pill')), `what is clicked at ${from} to ${to}`).toBe(`call-${from}-${to}`);
    }
    for (const pod of await page.locator('#map .pod').all()) {
      expect(await hit(pod)).toBe(await pod.getAttribute('id'));
    }
  });
}

// blockEvents keeps the page as it was loaded.
async function blockEvents(page) {
  await page.addInitScript(() => {
    window.EventSource = class extends EventTarget {
      close() {}
    };
  });
}

for (const width of [1000, 768, 390]) {
  test(`the facts stand below the map, and the map fits, at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await blockEvents(page);
    await page.goto('/');
    const map = page.locator('.map:visible');
    await expect(map).toHaveCount(1);
    const drawn = await box(map);
    expect(drawn.x).toBeGreaterThanOrEqual(0);
    expect(drawn.x + drawn.width).toBeLessThanOrEqual(width);
    expect((await box(page.locator('.panel'))).y).toBeGreaterThanOrEqual(drawn.y + drawn.height);
    // Legible text has at least 9 pixels.
    const letters = await map.locator('.node .name').first().evaluate((text) => text.getBoundingClientRect().height);
    expect(letters).toBeGreaterThan(9);
  });
}

// failing updates the page with a map in which a call fails.
async function failing(page, from, to) {
  await page.evaluate(([id, reason]) => {
    const template = document.createElement('template');
    const stage = ['notices', 'map', 'narrow-map', 'details', 'tables'].map((part) => document.getElementById(part).outerHTML);
    template.innerHTML = stage.join('');
    const arrow = template.content.getElementById(id);
    arrow.dataset.state = 'failing';
    arrow.dataset.code = 'POLICY';
    arrow.setAttribute('aria-label', `${id}: failing, POLICY. ${reason}`);
    template.content.getElementById('notices').insertAdjacentHTML('beforeend', `<p class="problem" role="alert">${reason}</p>`);
    update(template.innerHTML); // eslint-disable-line no-undef
  }, [`call-${from}-${to}`, 'A sentence that is long enough for several lines beside the map. '.repeat(4)]);
}

for (const [width, height] of [[1440, 780], [390, 844]]) {
  test(`the map does not move when an arrow turns red, at ${width} x ${height}`, async ({ page }) => {
    await blockEvents(page);
    await page.setViewportSize({ width, height });
    await page.goto('/');
    const map = page.locator('.map:visible');
    const before = await box(map);
    await failing(page, 'orders', 'products');
    await expect(page.locator('#changes li')).toHaveText(/^\d\d:\d\d:\d\d\s*orders → products POLICY, was working$/);
    expect(await box(map)).toEqual(before);
    await page.evaluate(() => showStale()); // eslint-disable-line no-undef
    expect(await box(map)).toEqual(before);
  });
}

test('only the status line is announced, and it names the change', async ({ page }) => {
  await blockEvents(page);
  await page.goto('/');
  await failing(page, 'orders', 'products');
  await expect(page.getByRole('status')).toContainText('POLICY');
  await expect(page.locator('[aria-live], [role=status], [role=log]')).toHaveCount(1);
});

test('a printed page has the whole map and no panel', async ({ page }) => {
  await page.emulateMedia({ media: 'print' });
  for (const width of [794, 1123]) { // A4, portrait and landscape, at 96 dots per inch
    await page.setViewportSize({ width, height: 1123 });
    await page.goto('/');
    await expect(page.locator('#map')).toBeVisible();
    await expect(page.locator('#narrow-map, .panel, #changes, header')).toHaveCount(4);
    for (const hidden of ['#narrow-map', '.panel', '#changes', 'header']) {
      await expect(page.locator(hidden)).toBeHidden();
    }
    const { x, y, width: wide, height } = await box(page.locator('#map'));
    expect(x + wide).toBeLessThanOrEqual(width);
    expect(y + height).toBeLessThanOrEqual(794);
  }
});

for (const path of ['/calls/orders/products', '/matrix', '/requests', '/labs', '/labs/wrong-port']) {
  test(`${path} is printed in light colours, on the paper, without interactive elements`, async ({ page }) => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 703, height: 1032 }); // A4 without margins, at 96 dots per inch
    await page.goto(path);
    await expect(page.locator('h1')).toBeVisible();
    await expect(page.locator('nav:visible, form:visible, button:visible')).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(703);
    const paper = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim());
    expect(paper).toBe('#fff');
  });
}

// heights holds the maximum heights of pages. request.spec.js checks the page of a trace.
const heights = {
  390: { '/calls/orders/products': 5_000, '/matrix': 3_500, '/labs/wrong-port': 2_000 },
  1440: { '/': 3_000, '/calls/orders/products': 3_500, '/localhost': 2_500, '/matrix': 2_200, '/labs': 1_400, '/labs/wrong-port': 1_600 },
};

for (const [width, pages] of Object.entries(heights)) {
  test(`pages are no longer than they need to be, at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width: Number(width), height: 780 });
    for (const [path, most] of Object.entries(pages)) {
      await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollHeight), `height of ${path}`).toBeLessThan(most);
    }
  });
}
