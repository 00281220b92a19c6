import { AxeBuilder } from '@axe-core/playwright';
import { expect, pages, test } from './explorer.js';

// The rules of https://www.w3.org/TR/WCAG21/ that can be checked automatically.
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds no violation on any page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const path of pages) {
      await page.goto(path);
      const { violations } = await new AxeBuilder({ page })
        .options({ runOnly: { type: 'tag', values: rules }, rules: { 'label-content-name-mismatch': { enabled: true } } }) // experimental in axe
        .analyze();
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect(found, `violations on ${path}`).toEqual([]);
    }
  });
}
