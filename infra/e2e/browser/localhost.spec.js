import { expect, test } from './explorer.js';
import { picture } from './output.js';

test('localhost answers inside the Pod, and nowhere else', async ({ page }) => {
  await page.goto('/');
  await page.locator('#call-localhost text').first().click();
  await expect(page).toHaveURL(/\/localhost$/);
  const story = page.locator('#story');
  await expect(story).toContainText('127.0.0.1:8081');
  for (const step of await story.locator('> li').all()) {
    await expect(step.locator('code.command').first()).toHaveText(/^\(?kubectl /);
  }
  // The negative control: the same port from another Pod.
  await expect(story.locator('#step-elsewhere')).toContainText('REFUSED');
  await expect(story.locator('.problem')).toHaveCount(0);
  await picture(page, 'localhost');
});
