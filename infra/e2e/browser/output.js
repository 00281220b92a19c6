import process from 'node:process';
import { fileURLToPath } from 'node:url';

// folder receives reports and screenshots: OUTPUT, or a folder that git ignores.
export const folder = process.env.OUTPUT ?? fileURLToPath(new URL('../../../.local/browser/output', import.meta.url));

// picture saves a screenshot of the whole page.
export async function picture(page, name) {
  await page.screenshot({ path: `${folder}/screenshots/${name}.png`, fullPage: true });
}
