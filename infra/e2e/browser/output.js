import process from 'node:process';
import { fileURLToPath } from 'node:url';

// folder is where reports and screenshots go: OUTPUT, or a folder that git ignores.
export const folder = process.env.OUTPUT ?? fileURLToPath(new URL('../../../.local/browser/output', import.meta.url));

// picture keeps a screenshot of the whole page for people to look at.
export async function picture(page, name) {
  await page.screenshot({ path: `${folder}/screenshots/${name}.png`, fullPage: true });
}
