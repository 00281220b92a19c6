import { expect, pages, test } from './explorer.js';
import { picture } from './output.js';

for (const width of [1280, 390]) {
  test(`no page is wider than a window of ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    for (const path of pages) {
      await page.goto(path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `width of ${path}`).toBeLessThanOrEqual(width);
    }
    await page.goto('/');
    await picture(page, `map-${width}-pixels`);
  });
}

test('the page follows the colour scheme of the browser', async ({ page }) => {
  await page.goto('/');
  const brightness = async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await picture(page, `map-${colorScheme}`);
    const [red, green, blue, opacity = '1'] = colour.match(/[\d.]+/g);
    expect(Number(opacity), `opacity of the background, ${colour}`).toBe(1);
    return (Number(red) + Number(green) + Number(blue)) / 3;
  };
  expect(await brightness('light')).toBeGreaterThan(200);
  expect(await brightness('dark')).toBeLessThan(60);
});
