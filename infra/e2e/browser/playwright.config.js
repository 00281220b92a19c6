import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { folder } from './output.js';

const { CI, EXPLORER_URL, CHROMIUM = '/usr/bin/chromium', LAB } = process.env;
if (!EXPLORER_URL) {
  throw new Error('EXPLORER_URL is not set: set it to what `pulumi stack output explorerUrl` prints');
}

export default defineConfig({
  testDir: fileURLToPath(new URL('.', import.meta.url)),
  projects: [
    { name: 'healthy', testIgnore: 'lab.spec.js' },
    { name: 'lab', testMatch: 'lab.spec.js' },
  ],
  // The measured cluster shares the processors with the browser, and some tests change it.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(CI),
  timeout: 120_000,
  expect: { timeout: 10_000 },
  outputDir: `${folder}/failures`,
  reporter: [['list'], ['junit', { outputFile: `${folder}/${LAB || 'healthy'}.xml` }]],
  use: {
    baseURL: EXPLORER_URL,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      // Chromium's sandbox refuses to run as root.
      chromiumSandbox: process.getuid() !== 0,
      // In addition to Playwright's own arguments, which disable synchronisation, updates and first-run dialogs.
      args: ['--disable-gpu', '--disable-quic'],
    },
  },
});
